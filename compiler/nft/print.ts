// Tables and transactions as text: `printTransaction` for `nft -f -`, `printTable` for people, golden files and
// comparison. Both are deterministic: the same data gives the same bytes.

import type { NftChain, NftCommand, NftElement, NftSet, NftTable, NftTimeout } from "./program.ts";
import { printFlowtable } from "./flowtable.ts";
import { printElement, printRule } from "./print-statement.ts";
import { tableName } from "./table-names.ts";
import { timeoutStates, unusualSeconds } from "./timeout-states.ts";

const table = `inet ${tableName}`;

/** Elements on one line of a transaction; a longer line gains nothing and is hard to read in an error message. */
const elementsPerLine = 500;

/** The commands as a script for `nft -f -`, which applies it as one transaction. */
export function printTransaction(commands: readonly NftCommand[]): string {
  return commands
    .flatMap(printCommand)
    .map((line) => `${line}\n`)
    .join("");
}

export function printCommand(command: NftCommand): readonly string[] {
  switch (command.kind) {
    case "add-table":
      return [`add table ${table}`];
    case "delete-table":
      return [`delete table ${table}`];
    case "add-set":
      return printAddSet(command.set);
    case "delete-set":
      return [`delete ${wordOf(command.map)} ${table} ${command.name}`];
    case "add-elements":
      return chunked(command.elements).map((chunk) => `add element ${table} ${command.set} ${printElements(chunk)}`);
    case "delete-elements":
      return chunked(command.elements).map(
        (chunk) => `delete element ${table} ${command.set} ${printElements(chunk.map(({ key }) => ({ key })))}`,
      );
    case "flush-set":
      return [`flush ${wordOf(command.map)} ${table} ${command.name}`];
    case "add-timeout":
      return [`add ct timeout ${table} ${command.timeout.name} { ${printTimeoutBody(command.timeout).join("; ")}; }`];
    case "delete-timeout":
      return [`delete ct timeout ${table} ${command.name}`];
    case "add-flowtable": {
      const [, ...lines] = printFlowtable(command.flowtable);
      const body = lines.slice(0, -1).map((line) => `${line.trim()};`);
      return [`add flowtable ${table} ${command.flowtable.name} { ${body.join(" ")} }`];
    }
    case "delete-flowtable":
      return [`delete flowtable ${table} ${command.name}`];
    case "add-chain":
      return [`add chain ${table} ${command.chain.name}${printHook(command.chain, (hook) => ` { ${hook} }`)}`];
    case "add-rules":
      return command.rules.map((rule) => `add rule ${table} ${command.chain} ${printRule(rule)}`);
    case "flush-chain":
      return [`flush chain ${table} ${command.name}`];
    case "delete-chain":
      return [`delete chain ${table} ${command.name}`];
    case "delete-other":
      return [`delete ${command.other.word} ${table} ${command.other.name}`];
  }
}

function wordOf(map: boolean | undefined): string {
  return map === true ? "map" : "set";
}

/**
 * The elements stand in the command that makes the set: nft 1.0.6 reads every set of the table before an `add element`
 * (three times the time of a commit beside 5,000 sets).
 */
function printAddSet(set: NftSet): readonly string[] {
  const lines = chunked(set.elements).map((chunk) => chunk.map(printElement).join(", "));
  const elements = lines.length === 0 ? "" : ` elements = { ${lines.join(",\n\t")} };`;
  return [`add ${wordOf(set.data !== undefined)} ${table} ${set.name} { ${printSetHead(set).join("; ")};${elements} }`];
}

function printSetHead(set: NftSet): readonly string[] {
  return [
    `type ${set.key.join(" . ")}${printDataType(set)}`,
    ...(set.size === undefined ? [] : [`size ${set.size}`]),
    ...printInterval(set),
    ...printDynamic(set),
    ...(set.counter ? ["counter"] : []),
    ...(set.foreign === undefined ? [] : [`<${set.foreign}>`]),
  ];
}

export function printDataType({ data }: Pick<NftSet, "data">): string {
  if (data === undefined) return "";
  return ` : ${data === "verdict" ? data : data.join(" . ")}`;
}

/** nft itself takes every interval over a concatenation as one of each field, and has no words for one of the whole key. */
function printInterval({ interval }: NftSet): readonly string[] {
  switch (interval) {
    case false:
      return [];
    case true:
    case "each-field":
      return ["flags interval"];
    case "whole-key":
      return ["flags interval", "<whole key>"];
  }
}

/** Kernels keep times in ticks of up to 10 ms. */
function printDynamic({ dynamic }: NftSet): readonly string[] {
  if (dynamic === undefined) return [];
  const { timeoutMs } = dynamic;
  return timeoutMs === undefined ? ["flags dynamic"] : ["flags dynamic,timeout", `timeout ${timeoutMs}ms`];
}

function printElements(elements: readonly NftElement[]): string {
  return `{ ${elements.map(printElement).join(", ")} }`;
}

function* chunksOf<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

function chunked(elements: readonly NftElement[]): readonly (readonly NftElement[])[] {
  return [...chunksOf(elements, elementsPerLine)];
}

function printHook(chain: NftChain, wrap: (hook: string) => string): string {
  const { hook } = chain;
  if (hook === undefined) return "";
  return wrap(`type ${hook.type} hook ${hook.hook} priority ${hook.priority}; policy ${hook.policy};`);
}

/** The table in the form that `nft -f` reads; what the kernel lists is this up to order and spelling. */
export function printTable(nftTable: NftTable): string {
  const blocks = [
    ...(nftTable.others ?? []).map(({ word, name }) => [`${word} ${name}`]),
    ...(nftTable.timeouts ?? []).map(printTimeout),
    ...(nftTable.flowtables ?? []).map(printFlowtable),
    ...nftTable.sets.map(printSet),
    ...nftTable.chains.map(printChain),
  ];
  const body = blocks.map((lines) => lines.map((line) => `\t${line}\n`).join("")).join("\n");
  return `table ${nftTable.family} ${nftTable.name} {\n${body}}\n`;
}

export function printSet(set: NftSet): readonly string[] {
  const word = wordOf(set.data !== undefined);
  // Map elements are read one by one, plain ones are many and short.
  const perLine = set.data === undefined ? 8 : 1;
  const lines = [...chunksOf(set.elements, perLine)].map((chunk) => chunk.map(printElement).join(", "));
  const elements = lines.map((line, index) => `\t\t${line}${index === lines.length - 1 ? "" : ","}`);
  return [
    `${word} ${set.name} {`,
    ...printSetHead(set).map((line) => `\t${line}`),
    ...(elements.length === 0 ? [] : ["\telements = {", ...elements, "\t}"]),
    "}",
  ];
}

export function printTimeout(timeout: NftTimeout): readonly string[] {
  return [`ct timeout ${timeout.name} {`, ...printTimeoutBody(timeout).map((line) => `\t${line};`), "}"];
}

/** nft wants at least one state named, so an object with nothing but usual times names its first state. */
function printTimeoutBody({ protocol, seconds, foreign }: NftTimeout): readonly string[] {
  const unusual = unusualSeconds(protocol, seconds);
  const named = unusual.length > 0 ? unusual : timeoutStates[protocol].slice(0, 1);
  return [
    `protocol ${protocol}`,
    `policy = { ${named.map(([state, value]) => `${state}: ${value}`).join(", ")} }`,
    ...(foreign === undefined ? [] : [`<${foreign}>`]),
  ];
}

export function printChain(chain: NftChain): readonly string[] {
  const hook = printHook(chain, (text) => text);
  return [
    `chain ${chain.name} {`,
    ...(hook === "" ? [] : [`\t${hook}`]),
    ...(chain.foreign === undefined ? [] : [`\t<${chain.foreign}>`]),
    ...chain.rules.map((rule) => `\t${printRule(rule)}`),
    "}",
  ];
}
