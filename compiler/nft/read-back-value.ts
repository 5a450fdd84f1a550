// Values and verdicts out of nft's JSON. Every reader answers undefined for what it does not know.

import { parseIp, parseIpv4, parseIpv6 } from "@merlon/model/ip/address.ts";
import { rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import type { NftExpression, NftType, NftValue, NftVerdict } from "./program.ts";
import { nfprotoNumbers, numberWords, pkttypeNumbers } from "./nft-words.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** How to read the values of an expression or a set key. */
export type ValueKind =
  | { readonly kind: "number"; readonly words?: Readonly<Record<string, number>> }
  | { readonly kind: "text"; readonly numbers?: Readonly<Record<number, string>> }
  | { readonly kind: "address"; readonly family: 4 | 6 };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function kindOfExpression(expression: NftExpression): ValueKind | undefined {
  switch (expression.kind) {
    case "meta":
      return kindOfMeta(expression.key);
    case "ct":
      return expression.key === "mark" ? { kind: "number" } : undefined;
    case "payload": {
      const { protocol, field } = expression;
      if (field === "type-code") return { kind: "number" };
      if (field === "saddr" || field === "daddr") return { kind: "address", family: protocol === "ip" ? 4 : 6 };
      const words = Object.entries(numberWords).find(([word]) => word === `${protocol} ${field}`)?.[1];
      return words === undefined ? { kind: "number" } : { kind: "number", words };
    }
    case "masked-address":
      return { kind: "address", family: 4 };
  }
}

function kindOfMeta(key: Extract<NftExpression, { kind: "meta" }>["key"]): ValueKind {
  switch (key) {
    case "iifname":
    case "oifname":
      return { kind: "text" };
    case "l4proto":
      return { kind: "number", words: numberWords.l4proto };
    case "nfproto":
      return { kind: "text", numbers: nfprotoNumbers };
    case "pkttype":
      return { kind: "text", numbers: pkttypeNumbers };
    case "mark":
    case "iif":
    case "oif":
      return { kind: "number" };
  }
}

export function kindOfType(type: NftType): ValueKind {
  switch (type) {
    case "ipv4_addr":
      return { kind: "address", family: 4 };
    case "ipv6_addr":
      return { kind: "address", family: 6 };
    case "ifname":
      return { kind: "text" };
    case "inet_service":
    case "mark":
    case "word":
      return { kind: "number" };
    case "inet_proto":
      return { kind: "number", words: numberWords.l4proto };
    case "icmp_type":
      return { kind: "number", words: numberWords["icmp type"] };
  }
}

/** A single value, a range or a prefix. */
export function readValue(json: unknown, kind: ValueKind): NftValue | undefined {
  switch (kind.kind) {
    case "number":
      return readNumbers(json, kind.words ?? {});
    case "text": {
      const text = typeof json === "number" ? kind.numbers?.[json] : json;
      // A text with a quote could not be written, so it cannot be ours.
      return typeof text === "string" && !/["\n\0]/.test(text) ? { kind: "text", value: text } : undefined;
    }
    case "address":
      return readAddresses(json, kind.family);
  }
}

function readNumbers(json: unknown, words: Readonly<Record<string, number>>): NftValue | undefined {
  const single = (value: unknown): number | undefined => {
    if (typeof value === "number") return Number.isInteger(value) && value >= 0 ? value : undefined;
    return typeof value === "string" && Object.hasOwn(words, value) ? words[value] : undefined;
  };
  const value = single(json);
  if (value !== undefined) return { kind: "number", value };
  const bounds = boundsOf(json);
  const [first, last] = [single(bounds?.[0]), single(bounds?.[1])];
  return first === undefined || last === undefined || first > last ? undefined : { kind: "numbers", first, last };
}

function boundsOf(json: unknown): readonly [unknown, unknown] | undefined {
  const range = isObject(json) ? json["range"] : undefined;
  return Array.isArray(range) && range.length === 2 ? [range[0], range[1]] : undefined;
}

function readAddresses(json: unknown, family: 4 | 6): NftValue | undefined {
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  const bounds = boundsOf(json) ?? (typeof json === "string" ? [json, json] : undefined);
  if (bounds !== undefined) {
    if (family === 4) {
      const [first, last] = [parseIpv4(text(bounds[0])), parseIpv4(text(bounds[1]))];
      if (first === undefined || last === undefined || first > last) return undefined;
      return { kind: "addresses", range: { family, first, last } };
    }
    const [first, last] = [parseIpv6(text(bounds[0])), parseIpv6(text(bounds[1]))];
    if (first === undefined || last === undefined || first > last) return undefined;
    return { kind: "addresses", range: { family, first, last } };
  }
  const prefix = isObject(json) ? json["prefix"] : undefined;
  if (!isObject(prefix)) return undefined;
  const address = parseIp(text(prefix["addr"]));
  const length = prefix["len"];
  if (address?.family !== family || typeof length !== "number") return undefined;
  if (!Number.isInteger(length) || length < 0 || length > (family === 4 ? 32 : 128)) return undefined;
  return { kind: "addresses", range: rangeOfPrefix({ address, length }) };
}

/** `{ "goto": { "target": "permit" } }`, `{ "drop": null }`. */
export function readVerdict(json: unknown): NftVerdict | undefined {
  const entries = isObject(json) ? Object.entries(json) : [];
  const [word, body] = entries[0] ?? [];
  if (entries.length !== 1) return undefined;
  if (word === "accept" || word === "drop" || word === "return") return { kind: word };
  if ((word !== "jump" && word !== "goto") || !isObject(body)) return undefined;
  const chain = body["target"];
  return typeof chain === "string" ? { kind: word, chain } : undefined;
}
