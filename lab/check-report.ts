// The report of `--check` as lines for people: a row per pair of hosts with what was expected and seen, then the facts,
// then one sum. Pure; colours come from the paint that is handed in.

import type { CheckReport, Phase } from "./check.ts";
import { tally } from "./check.ts";
import type { Fact } from "./check-facts.ts";
import type { Comparison } from "./matrix.ts";
import type { Paint, Tone } from "./paint.ts";
import { serviceNames } from "./topology.ts";
import type { ServiceName } from "./topology.ts";

const nameWidth = 12;
const cellWidth = 13;

export const serviceTitles: Readonly<Record<ServiceName, string>> = {
  http: "HTTP",
  postgresql: "PostgreSQL",
  dns: "DNS",
  ping: "ping",
};

export function renderReport(report: CheckReport, paint: Paint): readonly string[] {
  const [first] = report.phases;
  const lines = report.phases.flatMap((phase, index) => [
    "",
    ...renderPhase(phase, index === 0 ? undefined : first, paint),
  ]);
  return [...lines, "", ...report.facts.flatMap((fact) => renderFact(fact, paint)), "", renderSum(report, paint)];
}

/** A phase as a table; rows whose expectation differs from `before` are marked. */
export function renderPhase(phase: Phase, before: Phase | undefined, paint: Paint): readonly string[] {
  const rows = [...Map.groupBy(phase.comparisons, ({ from, to }) => `${from} ${to}`).values()];
  let lastFrom = "";
  const table = rows.map((row) => {
    const { from = "", to = "" } = row[0] ?? {};
    const name = from === lastFrom ? "" : from;
    lastFrom = from;
    const cells = serviceNames.map((service) =>
      cell(
        row.filter((it) => it.service === service),
        paint,
      ),
    );
    const changed = before !== undefined && row.some((it) => expectationBefore(before, it) !== it.expectation);
    const mark = changed ? paint("warm", "◂ changed") : "";
    return `  ${name.padEnd(nameWidth)} ${to.padEnd(nameWidth)} ${cells.join("")}${mark}`.trimEnd();
  });
  const titles = serviceNames.map((service) => serviceTitles[service].padEnd(cellWidth)).join("");
  const wrong = phase.comparisons.filter(({ agrees }) => !agrees);
  return [
    `${paint("bold", capitalised(phase.title))}${paint("dim", ` · ${count(phase.comparisons.length, "connection")} tried over IPv4 and IPv6 in ${seconds(phase.tookMs)}`)}`,
    ...phase.commands.map((line) => paint("cool", `  > ${line}`)),
    paint("dim", `  ${"from".padEnd(nameWidth)} ${"to".padEnd(nameWidth)} ${titles}`.trimEnd()),
    ...table,
    ...wrong.map((it) => paint("bad", `  ✗ ${describeWrong(it)}`)),
    ...phase.facts.flatMap((fact) => renderFact(fact, paint)),
  ];
}

/** Both families of one service: one word when they agree with the truth alike, otherwise what was wrong. */
function cell(both: readonly Comparison[], paint: Paint): string {
  const [first] = both;
  if (first === undefined) return " ".repeat(cellWidth);
  const wrong = both.filter(({ agrees }) => !agrees);
  if (wrong.length === 0) {
    const text = `✓ ${first.expectation}`.padEnd(cellWidth);
    const tones: Readonly<Record<Comparison["expectation"], Tone>> = { open: "good", refused: "warm", filtered: "dim" };
    return paint(tones[first.expectation], text);
  }
  const [worst] = wrong;
  const family = wrong.length === both.length ? "" : ` v${worst?.family}`;
  const verdict = worst?.verdict === "wrong-answer" ? "wrong" : (worst?.verdict ?? "");
  return paint("bad", `✗ ${verdict}${family}`.padEnd(cellWidth));
}

function expectationBefore(before: Phase, { from, to, service }: Comparison): string | undefined {
  return before.comparisons.find((it) => it.from === from && it.to === to && it.service === service)?.expectation;
}

function describeWrong(it: Comparison): string {
  const detail = it.detail === undefined ? "" : ` (${it.detail})`;
  return (
    `${it.from} → ${it.to} ${serviceTitles[it.service]} over IPv${it.family}: expected ${it.expectation} ` +
    `because ${it.because}, found ${it.verdict}${detail} after ${Math.round(it.latencyMs)} ms, ${count(it.tries, "try", "tries")}`
  );
}

function renderFact({ what, holds, details }: Fact, paint: Paint): readonly string[] {
  const [first = "", ...rest] = details;
  if (holds) return [`${paint("good", "✓")} ${capitalised(what)}${paint("dim", ` · ${first}`)}`];
  return [paint("bad", `✗ ${capitalised(what)}`), ...[first, ...rest].map((line) => paint("bad", `    ${line}`))];
}

function renderSum(report: CheckReport, paint: Paint): string {
  const { held, total } = tally(report);
  const times = `gateway start to enforcing ${Math.round(report.startToEnforcingMs)} ms, total ${seconds(report.tookMs)}`;
  return `${paint(held === total ? "good" : "bad", `${held} of ${total} as expected`)}${paint("dim", ` · ${times}`)}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
