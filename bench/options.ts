// The command line of `npm run bench`: which suites, how large, and where the results go.

import { parseArgs } from "node:util";
import type { Family } from "@merlon/model/ip/address.ts";
import { policyCountMax } from "./generate-rule-set.ts";
import { ruleSetShapes } from "./rule-set-shape.ts";
import { subjects } from "./subjects.ts";

export const suites = [
  "lookup",
  "established",
  "changes",
  "sessions",
  "commits",
  "nat",
  "screens",
  "fast-path",
] as const;
export type Suite = (typeof suites)[number];
/** Those that have the same subjects over IPv6. */
const suitesOfBothFamilies: readonly Suite[] = ["lookup", "established"];

export interface Options {
  readonly parts: readonly { readonly suite: Suite; readonly family: Family }[];
  /** Undefined: what each suite measures by itself. */
  readonly policies: readonly number[] | undefined;
  /** Undefined: those of each suite. */
  readonly rounds: number | undefined;
  /** Of the suite `commits`. Undefined: by the number of policies. */
  readonly commits: number | undefined;
  readonly durationMs: number | undefined;
  /** Undefined: those of each suite. Merlon is always among them. */
  readonly subjects: readonly string[] | undefined;
  readonly shape: string;
  readonly json: boolean;
  /** Where result files go. */
  readonly output: string;
}

export const help = `usage: npm run bench -- [SUITE ...] [options]

Measures what Merlon costs, against its peers, on this machine. Every figure is a median over rounds in which all
subjects were measured in turn. Everything together takes about 25 minutes; the machine should do nothing else.

suites (all of them when none is named)
  lookup        new sessions by the number of policies: flows/s, connections/s, first packet
  established   packets/s and Gbit/s of sessions that stand
  changes       loading, a commit of one policy, one address, memory
  sessions      session events, deny records, ending the sessions of a policy
  commits       what passes and does not while a gateway commits, under a stream of new flows
  nat           new sessions that are translated, by the number of rows
  screens       new and established sessions behind more and more screens
  fast-path     sessions that stand, with and without the kernel's flowtable, in an emulated guest

options
  --policies N,N,...     numbers of policies (lookup: 10,300,3000,30000,100000)
  --family 4|6           of lookup and established (default 4; a whole run has both)
  --rounds N             rounds of each figure (default 5; 41 of lookup, established and nat, 21 of screens)
  --commits N            of the suite commits (default 1000; 50 with more than 1,000 policies)
  --duration MS          of one measurement of one subject (default 150; 50 of these)
  --subjects NAME,...    ${subjects.map(({ name }) => name).join(", ")}
  --shape NAME           ${ruleSetShapes.map(({ name }) => name).join(", ")} (default realistic)
  --output FOLDER        where result files go; by default bench/results for a whole run, .merlon/bench for a part
  --json                 print rows as JSON instead of a table
  --help

examples
  npm run bench
  npm run bench -- lookup --policies 10,300,3000 --rounds 5 --subjects merlon,conntrack,zone-split
  npm run bench -- lookup --shape adversarial --policies 5000
  npm run bench -- established sessions --json
  npm run bench -- lookup established --family 6 --policies 300
  npm run bench -- commits --policies 3000 --commits 200
`;

const shapeNames = ruleSetShapes.map(({ name }) => name);
const roundsMax = 1_000;
const durationMsMax = 60_000;
const commitsMax = 10_000;

/** A command line that means nothing; the message is for the user. */
export class UsageMistake extends Error {
  override readonly name = "UsageMistake";
}

/** Undefined when help is asked for. Throws `UsageMistake`. */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values, positionals } = split(args);
  if (values.help === true) return undefined;
  const unknown = positionals.find((word) => !suites.some((suite) => suite === word));
  if (unknown !== undefined)
    throw new UsageMistake(`there is no suite ${unknown}; the suites are ${suites.join(", ")}`);
  const partial = positionals.length > 0 || Object.keys(values).some((name) => !["json", "output"].includes(name));
  return {
    parts: partsOf(positionals, values.family),
    policies: values.policies?.split(",").map((text) => wholeNumber("--policies", text, policyCountMax)),
    rounds: values.rounds === undefined ? undefined : wholeNumber("--rounds", values.rounds, roundsMax),
    commits: values.commits === undefined ? undefined : wholeNumber("--commits", values.commits, commitsMax),
    durationMs: values.duration === undefined ? undefined : wholeNumber("--duration", values.duration, durationMsMax),
    subjects: values.subjects === undefined ? undefined : subjectsNamed(values.subjects),
    shape: oneOf("shape", values.shape ?? "realistic", shapeNames),
    json: values.json === true,
    output: values.output ?? (partial ? ".merlon/bench" : "bench/results"),
  };
}

function split(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        policies: { type: "string" },
        family: { type: "string" },
        rounds: { type: "string" },
        commits: { type: "string" },
        duration: { type: "string" },
        subjects: { type: "string" },
        shape: { type: "string" },
        output: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (cause) {
    throw new UsageMistake(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Every named suite in the named family; everything when nothing is named. */
function partsOf(named: readonly string[], familyText: string | undefined): Options["parts"] {
  const wanted = named.length === 0 ? suites : suites.filter((suite) => named.includes(suite));
  if (familyText !== undefined && familyText !== "4" && familyText !== "6")
    throw new UsageMistake(`--family takes 4 or 6, not "${familyText}"`);
  if (familyText === "6") {
    const without = named.filter((word) => !suitesOfBothFamilies.some((suite) => suite === word));
    if (without.length > 0) throw new UsageMistake(`${without.join(", ")} has no figures over IPv6`);
  }
  const ipv4 = wanted.map((suite) => ({ suite, family: 4 as const }));
  const ipv6 = suitesOfBothFamilies
    .filter((suite) => wanted.includes(suite))
    .map((suite) => ({ suite, family: 6 as const }));
  if (familyText === "6") return ipv6;
  return familyText === "4" || named.length > 0 ? ipv4 : [...ipv4, ...ipv6];
}

function wholeNumber(option: string, text: string, max: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= max) return number;
  throw new UsageMistake(`${option} takes whole numbers from 1 to ${max}, not "${text}"`);
}

function subjectsNamed(text: string): readonly string[] {
  const known = subjects.map(({ name }) => name);
  return [...new Set(["merlon", ...text.split(",").map((name) => oneOf("subject", name, known))])];
}

function oneOf(what: string, name: string, known: readonly string[]): string {
  if (known.includes(name)) return name;
  throw new UsageMistake(`there is no ${what} ${name}; there are ${known.join(", ")}`);
}
