// `merlon match`: what a policy would do with one flow, or with every flow of a file. With expectations it is a test of a
// policy that needs no gateway.

import type { Ir } from "@merlon/compiler/ir.ts";
import { jsonOption, keepUnknownOption, WrongUsage } from "./command.ts";
import type { Call, Command, World } from "./command.ts";
import { enforceFile } from "./enforce.ts";
import { withWarningsCounted } from "./warnings-counted.ts";
import { flowFields, flowOf } from "./flow.ts";
import { settingOptions } from "./setting.ts";
import { matchLine } from "./match-line.ts";
import { actions, printVerdict, verdictOf, wrongZone } from "./verdict.ts";

/** Answers are gathered up to this size before they are written. */
const chunkLength = 64 * 1024;

export const matchCommand: Command = {
  words: ["match"],
  summary: "Ask which policy decides about a flow",
  arguments: "FILE (--from-zone … --to-zone … --source … --destination … --protocol … | --batch FLOWS)",
  about: [
    "The answer is that of the policy alone: routes and addresses of interfaces are not looked at. Domain names have no",
    "addresses here. Policies with a scheduler, and groups with a time, count as the time says; --at sets it.",
    "Policies before the deciding one that would match and are not in force are named, with the reason. Warnings about the",
    "configuration are only counted here; config check prints them.",
    "A batch has one flow per line, a JSON object with the members fromZone, toZone, source, destination, protocol,",
    "sourcePort, destinationPort, icmpType, icmpCode; id is given back, and expect is what should happen to it.",
    "Each line is answered by one line of JSON. A line that is wrong is answered by its error, and the rest goes on.",
  ],
  options: {
    ...Object.fromEntries(flowFields.map(({ option, value, help }) => [option, { value, help }])),
    ...settingOptions,
    expect: { value: "ACTION", help: "permit, deny or reject; exit with 1 when it is something else" },
    batch: { value: "FLOWS", help: "a file with one flow per line as JSON, or - for standard input" },
    "keep-unknown": keepUnknownOption,
    json: jsonOption,
  },
  examples: [
    "merlon match srx.conf --from-zone web --to-zone db --source 10.0.1.5 --destination 10.0.2.9 --protocol tcp --destination-port 5432",
    "merlon match srx.conf --batch flows.jsonl > verdicts.jsonl",
    "merlon match srx.conf --at 03:00 --batch night.jsonl",
  ],
  positionalCountMin: 1,
  positionalCountMax: 1,
  run: async (call, world) => {
    const [file = ""] = call.positionals;
    const { batch } = call.values;
    return batch === undefined ? matchOne(file, call, world) : matchBatch(file, batch, call, world);
  },
};

async function matchOne(file: string, call: Call, world: World): Promise<number> {
  const { expect } = call.values;
  if (expect !== undefined && !actions.some((action) => action === expect))
    throw new WrongUsage(`--expect takes one of ${actions.join(", ")}, not "${expect}"`);
  const words = flowFields.flatMap(({ name, option }) => {
    const word = call.values[option];
    return word === undefined ? [] : [[name, word] as const];
  });
  const result = flowOf(Object.fromEntries(words), ({ option }) => `--${option}`);
  if ("error" in result) throw new WrongUsage(result.error);
  const ir = await withWarningsCounted(file, call, world, (counting) => enforceFile(file, call, counting));
  if (ir === undefined) return 1;
  const zoneError = wrongZone(ir, result.flow);
  if (zoneError !== undefined) throw new WrongUsage(zoneError);
  const verdict = verdictOf(ir, result.flow);
  await world.write(call.switches.has("json") ? `${JSON.stringify(verdict)}\n` : printVerdict(verdict));
  return expect === undefined || expect === verdict.action ? 0 : 1;
}

async function matchBatch(file: string, flows: string, call: Call, world: World): Promise<number> {
  const used = ["expect", ...flowFields.map(({ option }) => option)].find(
    (option) => call.values[option] !== undefined,
  );
  if (used !== undefined) throw new WrongUsage(`--${used} does not go with --batch: every line has its own`);
  if (file === "-" && flows === "-")
    throw new WrongUsage("standard input can be the configuration or the flows, not both");
  const ir = await withWarningsCounted(file, call, world, (counting) => enforceFile(file, call, counting));
  return ir === undefined ? 1 : answerLines(ir, flows, world);
}

/** 1 when a line was wrong, or something else happened to its flow than was expected. */
async function answerLines(ir: Ir, flows: string, world: World): Promise<number> {
  let good = true;
  let lineNumber = 0;
  let waiting = "";
  for await (const line of world.readLines(flows)) {
    lineNumber += 1;
    if (line.trim() === "") continue;
    const answer = matchLine(ir, line, lineNumber);
    if (!answer.good) good = false;
    waiting += `${JSON.stringify(answer.answer)}\n`;
    if (waiting.length < chunkLength) continue;
    if (!(await world.write(waiting))) return good ? 0 : 1;
    waiting = "";
  }
  await world.write(waiting);
  return good ? 0 : 1;
}
