// The output of `nft -j list table inet merlon` (libnftables-json(5), nft 1.0.6, with or without `-n`) as a table.
// It is liberal about how the same thing is written and strict about everything else: what Merlon never writes becomes a
// foreign statement, set or chain, so that it shows as drift. No listing whatsoever makes it throw.

import { readSetElements } from "./read-back-elements.ts";
import { readStatement } from "./read-back-statement.ts";
import { isObject } from "./read-back-value.ts";
import type { NftChain, NftOther, NftRule, NftSet, NftTable, NftTimeout, NftType } from "./program.ts";
import { tableName } from "./table-names.ts";
import { timeoutStates } from "./timeout-states.ts";
import type { TimeoutState } from "./timeout-states.ts";

type Json = Readonly<Record<string, unknown>>;

/** Undefined when the listing holds no `table inet merlon`. */
export function readNftJson(json: unknown): NftTable | undefined {
  const list = isObject(json) && Array.isArray(json["nftables"]) ? (json["nftables"] as readonly unknown[]) : [];
  let found = false;
  const sets: NftSet[] = [];
  const chains = new Map<string, NftChain & { readonly rules: NftRule[] }>();
  const timeouts: NftTimeout[] = [];
  const others: NftOther[] = [];
  for (const item of list) {
    const [word, body] = isObject(item) ? (Object.entries(item)[0] ?? []) : [];
    if (word === undefined || !isObject(body) || body["family"] !== "inet") continue;
    if (word === "table") {
      found ||= body["name"] === tableName;
      continue;
    }
    if (body["table"] !== tableName) continue;
    const name = textOf(body["name"]);
    if (word === "set" || word === "map") sets.push(readSet(word, name, body));
    else if (word === "chain") chains.set(name, readChain(name, body));
    else if (word === "rule") chains.get(textOf(body["chain"]))?.rules.push(readRule(body));
    else if (word === "ct timeout") timeouts.push(readTimeout(name, body));
    else others.push({ word, name });
  }
  if (!found) return undefined;
  return {
    family: "inet",
    name: tableName,
    sets,
    chains: [...chains.values()],
    ...(timeouts.length === 0 ? {} : { timeouts }),
    ...(others.length === 0 ? {} : { others }),
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** What `body` says beside the words of `known`, as text. */
function remainder(body: Json, known: readonly string[]): string | undefined {
  const rest = Object.entries(body).filter(([word]) => !known.includes(word));
  return rest.length === 0 ? undefined : JSON.stringify(Object.fromEntries(rest));
}

const everywhere = ["family", "table", "name", "handle"];

const hooks = ["prerouting", "input", "forward", "output", "postrouting"] as const;
const chainTypes = ["filter", "nat", "route"] as const;

/** A comment on a chain does nothing, and a plain chain has nothing else that could differ. */
function readChain(name: string, body: Json): NftChain & { readonly rules: NftRule[] } {
  const hook = hooks.find((word) => word === body["hook"]);
  const type = chainTypes.find((word) => word === body["type"]);
  const { prio: priority, policy } = body;
  if (body["hook"] === undefined) {
    const rest = remainder(body, [...everywhere, "comment"]);
    return { name, rules: [], ...(rest === undefined ? {} : { foreign: rest }) };
  }
  const rest = remainder(body, [...everywhere, "comment", "hook", "type", "prio", "policy"]);
  const known = hook !== undefined && type !== undefined && typeof priority === "number";
  if (!known || (policy !== "accept" && policy !== "drop")) {
    return { name, rules: [], foreign: remainder(body, everywhere) ?? "" };
  }
  return {
    name,
    hook: { type, hook, priority, policy },
    rules: [],
    ...(rest === undefined ? {} : { foreign: rest }),
  };
}

/** Which IP version stands in it makes no difference to what it does; the listing has no policy where all times are usual. */
function readTimeout(name: string, body: Json): NftTimeout {
  const { protocol, policy } = body;
  if (protocol !== "tcp" && protocol !== "udp") {
    return { name, protocol: "tcp", seconds: {}, foreign: remainder(body, everywhere) ?? "" };
  }
  const rest = remainder(body, [...everywhere, "protocol", "l3proto", "policy"]);
  const given = isObject(policy) ? policy : {};
  const states: readonly string[] = timeoutStates[protocol].map(([state]) => state);
  const strange = Object.entries(given).some(([state, value]) => !states.includes(state) || typeof value !== "number");
  const foreign = strange ? JSON.stringify(policy) : rest;
  return {
    name,
    protocol,
    seconds: strange ? {} : (given as Readonly<Partial<Record<TimeoutState, number>>>),
    ...(foreign === undefined ? {} : { foreign }),
  };
}

function readRule(body: Json): NftRule {
  const expressions = Array.isArray(body["expr"]) ? (body["expr"] as readonly unknown[]) : [];
  const statements = expressions.map(readStatement);
  const { comment } = body;
  if (comment === undefined) return { statements };
  // A comment that nft could not have written cannot be printed either.
  if (typeof comment === "string" && !/["\n\0]/.test(comment)) return { statements, comment };
  return { statements: [...statements, { kind: "foreign", text: `comment ${JSON.stringify(comment)}` }] };
}

const types: readonly NftType[] = [
  "ipv4_addr",
  "ipv6_addr",
  "inet_service",
  "ifname",
  "mark",
  "inet_proto",
  "icmp_type",
];

function readSet(word: "set" | "map", name: string, body: Json): NftSet {
  const named = Array.isArray(body["type"]) ? (body["type"] as readonly unknown[]) : [body["type"]];
  const key = named.map((wanted) => types.find((type) => type === wanted));
  const data = readDataType(body["map"]);
  const elements = Array.isArray(body["elem"]) ? (body["elem"] as readonly unknown[]) : [];
  const flags = listOf(body["flags"]);
  const { size } = body;
  const statements = listOf(body["stmt"]);
  const counter = statements.length === 1 && isObject(statements[0]) && "counter" in statements[0];
  const foreign = remainder(body, [...everywhere, "type", "map", "elem", "flags", "stmt", "size"]);
  const empty = {
    name,
    key: [],
    ...(word === "map" ? { data: "verdict" as const } : {}),
    interval: false,
    counter: false,
    elements: [],
  };
  const strange =
    key.includes(undefined) ||
    flags.some((flag) => flag !== "interval") ||
    (statements.length > 0 && !counter) ||
    (word === "map") !== (data !== undefined) ||
    (size !== undefined && typeof size !== "number");
  if (strange) return { ...empty, foreign: remainder(body, [...everywhere, "elem"]) ?? "" };
  const knownKey = key.filter((type) => type !== undefined);
  const read = readSetElements(elements, { key: knownKey, data, counter });
  const note = foreign ?? read.foreign;
  return {
    name,
    key: knownKey,
    ...(data === undefined ? {} : { data }),
    interval: flags.includes("interval") && (knownKey.length === 1 || "each-field"),
    counter,
    ...(size === undefined ? {} : { size }),
    elements: read.elements,
    ...(note === undefined ? {} : { foreign: note }),
  };
}

function readDataType(json: unknown): NftSet["data"] {
  if (json === "verdict") return json;
  const named = listOf(json).map((wanted) => types.find((type) => type === wanted));
  return named.length === 0 || named.includes(undefined) ? undefined : named.filter((type) => type !== undefined);
}

/** One thing may stand without its list. */
function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}
