// The matrix as lines: rows are who asks, columns who is asked, grouped by zone; in each cell one symbol per service. The
// symbol carries the meaning and the colour repeats it; what changed a moment ago has a pointer before it.

import { serviceTitles } from "../check-report.ts";
import type { Tone } from "../paint.ts";
import type { Verdict } from "../probes/probe.ts";
import { families, hosts, hostsOfZone, serviceNames, zones } from "../topology.ts";
import type { LabHost, ServiceName } from "../topology.ts";
import { fitText, span } from "./span.ts";
import type { Line, Span } from "./span.ts";
import { cellKey } from "./state.ts";
import type { CellService, LiveState } from "./state.ts";

/** Lines of `renderMatrix`. */
export const matrixHeight = hosts.length + 6;
/** How long a change stays marked. */
export const highlightMs = 8_000;
/** From this width on, columns say the services in words. */
const wordsWidthMin = 126;

const letters: Readonly<Record<ServiceName, string>> = { http: "H", postgresql: "P", dns: "D", ping: "p" };
const words: Readonly<Record<ServiceName, string>> = { http: "HTTP", postgresql: "PG", dns: "DNS", ping: "ping" };

interface Layout {
  readonly labelWidth: number;
  readonly titles: Readonly<Record<ServiceName, string>>;
}

export function renderMatrix(state: LiveState, width: number): readonly Line[] {
  const layout: Layout =
    width >= wordsWidthMin ? { labelWidth: 12, titles: words } : { labelWidth: 10, titles: letters };
  const columns = zones.map((zone) => hostsOfZone(zone.name));
  const rule = (left: string, middle: string, right: string): Line => [
    span(
      left +
        "─".repeat(layout.labelWidth + 2) +
        columns.map((column) => middle + "─".repeat(column.length * columnWidth(layout))).join("") +
        right,
      "dim",
    ),
  ];
  const row = (label: Span, cells: (host: LabHost) => readonly Span[]): Line => [
    span("│ ", "dim"),
    { ...label, text: fitText(label.text, layout.labelWidth + 1) },
    ...columns.flatMap((column) => [span("│", "dim"), ...column.flatMap(cells)]),
    span("│", "dim"),
  ];
  return [
    rule("╭", "┬", "╮"),
    zoneTitles(layout),
    row(span("from ╲ to", "dim"), (host) => [span(fitText(` ${shortName(host)}`, columnWidth(layout)))]),
    row(span(""), () => [span(fitText(titleRow(layout), columnWidth(layout)), "dim")]),
    rule("├", "┼", "┤"),
    ...hosts.map((from) => row(span(from.name), (to) => cellSpans(state, from, to, layout))),
    rule("╰", "┴", "╯"),
  ];
}

/** What the symbols and letters mean, and the latest change for as long as it is marked. */
export function renderLegend(state: LiveState, width: number): Line {
  const symbols: Line = [
    span(" ✓", "good"),
    span(" open  ", "dim"),
    span("✗", "warm"),
    span(" refused  ", "dim"),
    span("·", "dim"),
    span(" silence", "dim"),
  ];
  const change = state.lastChange;
  if (change !== undefined && state.nowMs - change.atMs < highlightMs) {
    const { from, to, service, verdict } = change;
    return [...symbols, span("   "), span(`▸ ${from} → ${to} ${serviceTitles[service]} is now ${verdict}`, "warm")];
  }
  const services =
    width >= wordsWidthMin ? "" : serviceNames.map((name) => `${letters[name]} ${serviceTitles[name]}`).join("  ");
  return [...symbols, span(`   ${services}`, "dim")];
}

/** The zone's name stands above: `app-server` is `server` there. */
function shortName(host: LabHost): string {
  if (host.name === host.zone) return "";
  return host.name.startsWith(`${host.zone}-`) ? host.name.slice(host.zone.length + 1) : host.name;
}

function zoneTitles(layout: Layout): Line {
  const titles = zones.flatMap((zone) => {
    const width = hostsOfZone(zone.name).length * columnWidth(layout);
    return [span("│", "dim"), span(fitText(` ${zone.name}`, width), "bold")];
  });
  return [span("│", "dim"), span(" ".repeat(layout.labelWidth + 2)), ...titles, span("│", "dim")];
}

/** Each service has its title's width and the cell before it, where the pointer of a change stands. */
function columnWidth({ titles }: Layout): number {
  return serviceNames.reduce((sum, name) => sum + titles[name].length + 1, 0) + (titles === letters ? 2 : 1);
}

function titleRow({ titles }: Layout): string {
  return serviceNames.map((name) => ` ${titles[name]}`).join("");
}

function cellSpans(state: LiveState, from: LabHost, to: LabHost, layout: Layout): readonly Span[] {
  const width = columnWidth(layout);
  if (from === to) return [span(" ".repeat(width))];
  const spans = serviceNames.flatMap((service) => {
    const cell = state.cells.get(cellKey(from.name, to.name, service));
    const { symbol, tone } = symbolOf(cell);
    const fresh = cell?.changedAtMs !== undefined && state.nowMs - cell.changedAtMs < highlightMs;
    const room = " ".repeat(layout.titles[service].length - 1);
    return [span(fresh ? "▸" : " ", "warm"), span(symbol, fresh ? "mark" : tone), span(room)];
  });
  const used = serviceNames.reduce((sum, name) => sum + layout.titles[name].length + 1, 0);
  return [...spans, span(" ".repeat(width - used))];
}

const symbols: Readonly<Record<Verdict, { readonly symbol: string; readonly tone: Tone }>> = {
  open: { symbol: "✓", tone: "good" },
  refused: { symbol: "✗", tone: "warm" },
  filtered: { symbol: "·", tone: "dim" },
  "wrong-answer": { symbol: "!", tone: "bad" },
};

/** Both families in one symbol; the family's number where only one of them is open. */
export function symbolOf(cell: CellService | undefined): { readonly symbol: string; readonly tone: Tone } {
  const found = families.flatMap((family) => {
    const verdict = cell?.verdicts[family];
    return verdict === undefined ? [] : [{ family, verdict }];
  });
  const [first] = found;
  if (first === undefined) return { symbol: " ", tone: "dim" };
  if (found.every(({ verdict }) => verdict === first.verdict)) return symbols[first.verdict];
  const open = found.find(({ verdict }) => verdict === "open");
  if (open !== undefined) return { symbol: String(open.family), tone: "warm" };
  return symbols[found.some(({ verdict }) => verdict === "wrong-answer") ? "wrong-answer" : "refused"];
}
