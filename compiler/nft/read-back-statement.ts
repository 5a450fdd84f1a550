// Statements of a rule out of nft's JSON; what is not exactly a statement of ours becomes a foreign one.

import { parseIpv4 } from "@merlon/model/ip/address.ts";
import type { NftExpression, NftRight, NftStatement } from "./program.ts";
import { icmpxNumbers, stateNumbers } from "./nft-words.ts";
import { isObject, kindOfExpression, readValue, readVerdict } from "./read-back-value.ts";
import type { JsonObject } from "./read-back-value.ts";

export function readStatement(json: unknown): NftStatement {
  return readKnown(json) ?? { kind: "foreign", text: JSON.stringify(json) ?? "nothing" };
}

function readKnown(json: unknown): NftStatement | undefined {
  const entries = isObject(json) ? Object.entries(json) : [];
  const [word, body] = entries[0] ?? [];
  if (entries.length !== 1) return undefined;
  switch (word) {
    case "match":
      return isObject(body) ? readMatch(body) : undefined;
    case "vmap":
      return isObject(body) ? readVmap(body) : undefined;
    case "mangle":
      return isObject(body) ? readMangle(body) : undefined;
    case "ct timeout":
      return typeof body === "string" ? { kind: "set-timeout", timeout: body } : undefined;
    case "counter":
      // A named counter stands as a text, and is not ours.
      return body === null || isObject(body) ? { kind: "counter" } : undefined;
    case "log":
      return isObject(body) ? readLog(body) : undefined;
    case "reject":
      return readReject(body);
    default: {
      const verdict = readVerdict(json);
      return verdict === undefined ? undefined : { kind: "verdict", verdict };
    }
  }
}

function only(body: JsonObject, words: readonly string[]): boolean {
  return Object.keys(body).every((word) => words.includes(word));
}

const metaKeys = ["iifname", "oifname", "l4proto", "nfproto", "mark", "pkttype"] as const;
const ctKeys = ["state", "mark", "direction", "status"] as const;
const payloadProtocols = ["ip", "ip6", "tcp", "udp", "sctp", "icmp", "icmpv6"] as const;
const payloadFields = ["saddr", "daddr", "sport", "dport", "type", "code"] as const;

function readExpression(json: unknown): NftExpression | undefined {
  if (!isObject(json) || Object.keys(json).length !== 1) return undefined;
  const { meta, ct, payload } = json;
  if (isObject(meta) && only(meta, ["key"])) {
    const key = metaKeys.find((word) => word === meta["key"]);
    return key === undefined ? undefined : { kind: "meta", key };
  }
  if (isObject(ct) && only(ct, ["key"])) {
    const key = ctKeys.find((word) => word === ct["key"]);
    return key === undefined ? undefined : { kind: "ct", key };
  }
  if (isObject(payload) && only(payload, ["protocol", "field"])) {
    const protocol = payloadProtocols.find((word) => word === payload["protocol"]);
    const field = payloadFields.find((word) => word === payload["field"]);
    return protocol === undefined || field === undefined ? undefined : { kind: "payload", protocol, field };
  }
  return readMasked(json["&"]);
}

/** `[{ "payload": … }, "255.255.0.255"]`. */
function readMasked(json: unknown): NftExpression | undefined {
  const [of, text] = Array.isArray(json) && json.length === 2 ? (json as readonly unknown[]) : [];
  const address = readExpression(of);
  const mask = typeof text === "string" ? parseIpv4(text) : undefined;
  if (address?.kind !== "payload" || address.protocol !== "ip" || mask === undefined) return undefined;
  const { field } = address;
  return field === "saddr" || field === "daddr" ? { kind: "masked-address", field, mask } : undefined;
}

/** One expression, or several as a concatenation. */
function readKey(json: unknown): readonly NftExpression[] | undefined {
  const parts = isObject(json) && Array.isArray(json["concat"]) ? (json["concat"] as readonly unknown[]) : [json];
  const key = parts.map(readExpression);
  return key.length === 0 || key.includes(undefined) ? undefined : key.filter((part) => part !== undefined);
}

function setName(json: unknown): string | undefined {
  return typeof json === "string" && json.startsWith("@") ? json.slice(1) : undefined;
}

function readMatch(body: JsonObject): NftStatement | undefined {
  const { op, left, right } = body;
  if (!only(body, ["op", "left", "right"]) || (op !== "==" && op !== "!=" && op !== "in")) return undefined;
  const negated = op === "!=";
  const key = readKey(left);
  if (key === undefined) return undefined;
  const set = setName(right);
  if (set !== undefined) return { kind: "lookup", key, set, negated };
  const [expression] = key;
  if (expression === undefined || key.length !== 1) return undefined;
  const value = readRight(right, expression);
  return value === undefined ? undefined : { kind: "match", left: expression, negated, right: value };
}

function readRight(json: unknown, left: NftExpression): NftRight | undefined {
  if (left.kind === "ct" && left.key === "state") return readStates(json);
  const kind = kindOfExpression(left);
  if (kind === undefined) return undefined;
  const list = isObject(json) && Array.isArray(json["set"]) ? (json["set"] as readonly unknown[]) : undefined;
  if (list === undefined) {
    const value = readValue(json, kind);
    return value === undefined ? undefined : { kind: "value", value };
  }
  const values = list.map((item) => readValue(item, kind));
  return values.length === 0 || values.includes(undefined)
    ? undefined
    : { kind: "any-of", values: values.filter((value) => value !== undefined) };
}

function readStates(json: unknown): NftRight | undefined {
  const list: readonly unknown[] = Array.isArray(json) ? (json as readonly unknown[]) : [json];
  const states = list.map(
    (item) => Object.entries(stateNumbers).find(([bit, word]) => item === word || item === Number(bit))?.[1],
  );
  return states.length === 0 || states.includes(undefined)
    ? undefined
    : { kind: "states", states: states.filter((state) => state !== undefined) };
}

function readVmap(body: JsonObject): NftStatement | undefined {
  const key = readKey(body["key"]);
  const map = setName(body["data"]);
  return key === undefined || map === undefined || !only(body, ["key", "data"])
    ? undefined
    : { kind: "vmap", key, map };
}

function readMangle(body: JsonObject): NftStatement | undefined {
  const target = markOf(readExpression(body["key"]));
  const { value } = body;
  if (target === undefined || !only(body, ["key", "value"])) return undefined;
  if (typeof value === "number") return { kind: "set-mark", target, value };
  const source = markOf(readExpression(value));
  return source === undefined ? undefined : { kind: "set-mark", target, value: `${source} mark` };
}

function markOf(expression: NftExpression | undefined): "ct" | "meta" | undefined {
  const isMark = (expression?.kind === "ct" || expression?.kind === "meta") && expression.key === "mark";
  return isMark ? expression.kind : undefined;
}

function readLog(body: JsonObject): NftStatement | undefined {
  const { prefix, group, snaplen: snapLength, "queue-threshold": queueThreshold } = body;
  const known = only(body, ["prefix", "group", "snaplen", "queue-threshold"]);
  if (!known || typeof prefix !== "string" || /["\n\0]/.test(prefix)) return undefined;
  if (typeof group !== "number" || typeof snapLength !== "number" || typeof queueThreshold !== "number")
    return undefined;
  return { kind: "log", group, prefix, snapLength, queueThreshold };
}

function readReject(body: unknown): NftStatement | undefined {
  // Without anything said, nft rejects with `icmpx port-unreachable`.
  if (body === null) return { kind: "reject", with: "port-unreachable" };
  if (!isObject(body) || !only(body, ["type", "expr"])) return undefined;
  const { type, expr } = body;
  if (type === "tcp reset" && expr === undefined) return { kind: "reject", with: "tcp-reset" };
  if (type !== "icmpx") return undefined;
  const word = typeof expr === "number" ? icmpxNumbers[expr] : expr;
  return word === "port-unreachable" || word === "admin-prohibited" ? { kind: "reject", with: word } : undefined;
}
