// The sets of one lookup, named by what its rules call them: classes of addresses and services, cells, nodes, and what
// rules do.

import { cutIntoPieces } from "../lookup/address-pieces.ts";
import type { Cells } from "../lookup/cells.ts";
import type { BlockKind } from "../lookup/address-pieces.ts";
import type { AddressLevel, Lookup, Stage } from "../lookup/lookup.ts";
import type { ProtocolClasses } from "../lookup/service-classes.ts";
import type { SharedKind } from "../lookup/shared-addresses.ts";
import type { ClassInterval } from "../lookup/sweep.ts";
import type { Triples } from "../lookup/triples.ts";
import { fixedSet, packedSet } from "./fixed-set.ts";
import { addressSet, loadPiece } from "./lookup-addresses.ts";
import { RowWriter, fingerprintOf } from "./packed-set.ts";
import type { PackedRows } from "./packed-set.ts";
import type { NftElement, NftInstruction, NftSet, NftType, NftValue } from "./program.ts";
import { number } from "./statements.ts";

/** Higher than the index of any rule. */
const rulesEnd = 0xffff_ffff;

const marks: readonly NftType[] = ["mark", "mark"];

/** The data of a map whose value becomes a part of a key: a word that nobody reads stands in front of it. */
export const partData: readonly NftType[] = ["mark", "mark"];

function partValue(value: number): readonly NftValue[] {
  return [number(0), number(value)];
}

/** What stands for the action of a rule that is not sure. */
export const unsureAction = 0;

/** Rule id and action number. */
export type Result = readonly [id: number, action: number];

/** What the rules of a lookup call the shared classes of one side. */
export function sharedWord(kind: SharedKind, side: "source" | "destination"): string {
  return `${kind}s of ${side}`;
}

/** What the rules of a lookup call the cells of a stage. */
export function cellsWord({ cells }: Pick<Stage, "cells">): string {
  return cells === undefined ? "exceptional" : `cells${cells}`;
}

function stagesOf({ stages, exceptions }: Lookup): readonly Stage[] {
  return [...stages, ...(exceptions?.stages ?? [])];
}

export function valueSetWord({ protocol }: ProtocolClasses): string {
  return `services${protocol}`;
}

/** What the class of a service is multiplied with to stand above a rule's index. */
export function ruleUnit({ ruleBits = 0 }: Lookup): number {
  return 2 ** ruleBits;
}

/** What a class of services is in a key: with `ruleBits`, together with a rule that does not exist. */
export function serviceValue(
  { ruleBits }: Lookup,
  service: number,
): { readonly value: number; readonly network: boolean } {
  if (ruleBits === undefined) return { value: service, network: false };
  return { value: service * 2 ** ruleBits + (2 ** ruleBits - 1), network: true };
}

/** What says nothing about what rules do; named by what the rules call them. */
export function lookupSets(lookup: Lookup): readonly NftSet[] {
  const { family, sources, destinations, cells, exceptionalCells } = lookup;
  const asked = stagesOf(lookup).flatMap((stage) => [stage, ...(stage.unless ?? [])]);
  const level = (word: "sources" | "destinations") => (it: AddressLevel, index: number) => {
    const side = word === "sources" ? "source" : "destination";
    if (it.kind === "constant" || it.kind === "shared" || !asked.some((stage) => stage[side] === index)) return [];
    return [
      addressSet({
        name: `${word}${index}`,
        family,
        piece: it.kind === "pieces" ? it.piece : "range",
        entries: it.intervals.map(({ first, last, class: data }) => ({ first, last, data: partValue(data) })),
        data: partData,
        ...(it.rest === undefined ? {} : { rest: partValue(it.rest) }),
      }),
    ];
  };
  return [
    ...sources.flatMap(level("sources")),
    ...destinations.flatMap(level("destinations")),
    ...serviceSets(lookup),
    ...cells.map((ofStage, index) => packedSet(cellsWord({ cells: index }), marks, partData, cellRows(ofStage))),
    ...(exceptionalCells === undefined
      ? []
      : [packedSet(cellsWord({}), marks, partData, cellRows(exceptionalCells, [0, 0]))]),
  ];
}

/** What says what rules do: `results`, by their index. */
export function resultSets(lookup: Lookup, results: readonly Result[]): readonly NftSet[] {
  if (lookup.ruleBits === undefined) return [protocolNodes(lookup, results)];
  const own = new RowWriter(1, 2, results.length);
  for (const [rule, [id, action]] of results.entries()) own.push(rule).push(id).push(action);
  return [commonNodes(lookup, results), packedSet("rules", ["word"], marks, own.rows())];
}

/** Which rule decides in which node, whatever rules do: a fingerprint. */
export function nodeStructure({ nodes, sure }: Lookup): string {
  const known = structures.get(nodes);
  if (known !== undefined) return known;
  const rows = new RowWriter(2, 2, nodes.count);
  nodes.forEach((node, service, rule) => {
    rows
      .push(node)
      .push(service)
      .push(rule)
      .push(sure?.get(rule, service) ?? 0);
  });
  const structure = fingerprintOf(rows.rows());
  structures.set(nodes, structure);
  return structure;
}

const structures = new WeakMap<Triples, string>();

function protocolNodes({ nodes }: Lookup, results: readonly Result[]): NftSet {
  const rows = new RowWriter(2, 2, nodes.count);
  nodes.forEach((node, service, rule) => {
    const [id, action] = results[rule] ?? [0, 0];
    rows.push(service).push(node).push(id).push(action);
  });
  return packedSet("nodes", ["mark", "mark"], ["mark", "mark"], rows.rows());
}

/** Mark and action where the rule is sure, or the mark as it is and `unsureAction`; and the service with the rule. */
function commonNodes(lookup: Lookup, results: readonly Result[]): NftSet {
  const rows = new RowWriter(2, 3, lookup.nodes.count);
  const unit = ruleUnit(lookup);
  lookup.nodes.forEach((node, service, rule) => {
    const key = service * unit;
    const winner = (lookup.sure?.get(rule, service) ?? 0) - 1;
    const [mark, action] = results[winner] ?? [swapBytes(serviceValue(lookup, service).value), unsureAction];
    rows
      .push(key)
      .push(node)
      .push(mark)
      .push(action)
      .push(key + rule);
  });
  return packedSet("nodes", ["word", "mark"], ["mark", "mark", "word"], rows.rows());
}

/** A word as a mark of the same bytes. */
function swapBytes(value: number): number {
  return ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

function cellRows({ count, words }: Cells, rest?: readonly number[]): PackedRows {
  return { count, keyWords: 2, dataWords: 2, words, ...(rest === undefined ? {} : { rest }) };
}

/** The word of registers that an address is loaded into. */
const scratch = 1;

const leftOutPieces = ["single", "block", "wide-block", "range"] as const;

function leftOutWord(field: "saddr" | "daddr", piece: BlockKind | "range"): string {
  return `except_${field}_${piece === "wide-block" ? "wide" : piece}`;
}

/** A set for each width that the addresses have which some rule leaves out. */
export function leftOutSets({ family, exceptions }: Lookup): readonly NftSet[] {
  if (exceptions === undefined) return [];
  const sides = [
    ["saddr", exceptions.sources],
    ["daddr", exceptions.destinations],
  ] as const;
  return sides.flatMap(([field, ranges]) => {
    const { everything, ...pieces } = cutIntoPieces(ranges, family);
    const entriesOf = { ...pieces, range: [...everything, ...pieces.range] };
    return leftOutPieces
      .filter((piece) => entriesOf[piece].length > 0)
      .map((piece) => addressSet({ name: leftOutWord(field, piece), family, piece, entries: entriesOf[piece] }));
  });
}

/** What asks those of the sets that there are, in their order. */
export function leftOutChecks(
  { family }: Lookup,
  names: ReadonlyMap<string, string>,
): readonly (readonly NftInstruction[])[] {
  return (["saddr", "daddr"] as const).flatMap((field) =>
    leftOutPieces.flatMap((piece) => {
      const set = names.get(leftOutWord(field, piece));
      if (set === undefined) return [];
      return [[...loadPiece(family, field, piece, scratch), { op: "lookup" as const, set, from: scratch }]];
    }),
  );
}

/** Few sizes, so that lookups share the set and a commit finds it there. */
function earlierSize(rules: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(16, rules)));
}

export function earlierWord(rules: number): string {
  return `earlier_${earlierSize(rules)}`;
}

/** Which of two rules is the earlier one. */
export function earlierSet(rules: number): NftSet {
  const ruleCount = earlierSize(rules);
  return {
    name: earlierWord(rules),
    key: ["word", "word"],
    interval: "whole-key",
    counter: false,
    elements: Array.from({ length: ruleCount }, (_, rule) => ({
      key: [
        { kind: "numbers", first: rule, last: rule },
        { kind: "numbers", first: rule + 1, last: rulesEnd },
      ],
    })),
  };
}

function serviceSets(lookup: Lookup): readonly NftSet[] {
  const { services, ruleBits } = lookup;
  const types: readonly NftType[] = ruleBits === undefined ? partData : ["mark", "word"];
  const dataOf = (service: number) => partValue(serviceValue(lookup, service).value);
  const sets = services.protocols.flatMap((classes) => {
    const { protocol, sources, combined } = classes;
    if (sources === undefined || combined === undefined) {
      return [portSet(valueSetWord(classes), classes.values, types, dataOf)];
    }
    const cells = combined.map(({ source, value, class: service }): NftElement => ({
      key: [number(source), number(value)],
      data: dataOf(service),
    }));
    return [
      portSet(valueSetWord(classes), classes.values, partData, partValue),
      portSet(`sport${protocol}`, sources, partData, partValue),
      fixedSet(`ports${protocol}`, ["mark", "mark"], types, [...cells, { key: "rest", data: dataOf(0) }]),
    ];
  });
  if (services.others.length === 0) return sets;
  const elements = services.others.map(({ protocol, class: service }): NftElement => ({
    key: [number(protocol)],
    data: dataOf(service),
  }));
  return [...sets, fixedSet("protocols", ["inet_proto"], types, [...elements, { key: "rest", data: dataOf(0) }])];
}

/** Ports one by one in a hash, which is found several times faster than a range, where that is not too many. */
function portSet(
  name: string,
  intervals: readonly ClassInterval<number>[],
  data: readonly NftType[],
  dataOf: (service: number) => readonly NftValue[],
): NftSet {
  const rest: NftElement = { key: "rest", data: dataOf(0) };
  const count = intervals.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  if (count > singlePortsMax) {
    const ranges = intervals.map(({ first, last, class: service }): NftElement => ({
      key: [{ kind: "numbers", first, last }],
      data: dataOf(service),
    }));
    const head = { name, key: ["inet_service"] as const, data, interval: true, counter: false };
    return { ...head, elements: [...ranges, rest] };
  }
  const singles = intervals.flatMap(({ first, last, class: service }) =>
    Array.from({ length: last - first + 1 }, (_, i): NftElement => ({
      key: [number(first + i)],
      data: dataOf(service),
    })),
  );
  return fixedSet(name, ["inet_service"], data, [...singles, rest]);
}

const singlePortsMax = 4_096;
