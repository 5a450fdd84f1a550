// nft's JSON as tables: every rendering of what we write, everything else as foreign, and no listing that makes it throw.
// The listings are those of nft 1.0.6, with and without `-n`; the story test reads the real program's.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalTable } from "./canonical-table.ts";
import { printElement, printStatement } from "./print-statement.ts";
import { printDataType, printTable } from "./print.ts";
import { readNftJson } from "./read-back.ts";
import { readStatement } from "./read-back-statement.ts";

const meta = (key: string) => ({ meta: { key } });
const ct = (key: string) => ({ ct: { key } });
const field = (protocol: string, name: string) => ({ payload: { protocol, field: name } });
const match = (left: unknown, right: unknown, op = "==") => ({ match: { op, left, right } });

describe("statements of ours", () => {
  test.each<[unknown, string]>([
    [match(meta("iifname"), "lo"), 'iifname "lo"'],
    [match(meta("l4proto"), "tcp"), "meta l4proto 6"],
    [match(meta("l4proto"), 6), "meta l4proto 6"],
    [match(meta("l4proto"), "ipv6-icmp"), "meta l4proto 58"],
    [match(meta("l4proto"), { set: ["tcp", { range: ["esp", "ah"] }, 253] }), "meta l4proto { 6, 50-51, 253 }"],
    [match(meta("nfproto"), "ipv4"), "meta nfproto ipv4"],
    [match(meta("nfproto"), 10), "meta nfproto ipv6"],
    [match(meta("pkttype"), "host"), "meta pkttype host"],
    [match(meta("pkttype"), 0), "meta pkttype host"],
    [match(ct("state"), ["established", "related"], "in"), "ct state established,related"],
    [match(ct("state"), "invalid", "in"), "ct state invalid"],
    [match(ct("state"), [1, 2, 4, 64], "in"), "ct state invalid,established,related,untracked"],
    [match(ct("mark"), "@revoked", "!="), "ct mark != @revoked"],
    [match(ct("mark"), "@hits"), "ct mark @hits"],
    [match(field("ip", "saddr"), "10.0.0.1"), "ip saddr 10.0.0.1"],
    [match(field("ip", "saddr"), { prefix: { addr: "10.0.0.0", len: 8 } }), "ip saddr 10.0.0.0/8"],
    [match(field("ip", "daddr"), { range: ["10.0.0.1", "10.0.0.4"] }, "!="), "ip daddr != 10.0.0.1-10.0.0.4"],
    [match(field("ip6", "saddr"), { prefix: { addr: "2001:db8::", len: 32 } }), "ip6 saddr 2001:db8::/32"],
    [match(field("ip6", "daddr"), "@a_g1"), "ip6 daddr @a_g1"],
    [match(field("tcp", "dport"), 22), "tcp dport 22"],
    [match(field("tcp", "dport"), { range: [0, 65_535] }), "tcp dport 0-65535"],
    [match(field("udp", "sport"), { set: [22, { range: [80, 90] }] }), "udp sport { 22, 80-90 }"],
    [match(field("icmp", "type"), "echo-request"), "icmp type 8"],
    [match(field("icmp", "type"), { range: ["echo-reply", 255] }), "icmp type 0-255"],
    [match(field("icmp", "code"), "port-unreachable"), "icmp code 3"],
    [
      match(field("icmpv6", "type"), { set: ["echo-request", "nd-neighbor-solicit", 200] }),
      "icmpv6 type { 128, 135, 200 }",
    ],
    [match(field("icmpv6", "code"), "port-unreachable"), "icmpv6 code 4"],
    [
      { vmap: { key: { concat: [meta("iifname"), meta("oifname")] }, data: "@pairs_g7" } },
      "iifname . oifname vmap @pairs_g7",
    ],
    [{ vmap: { key: meta("iifname"), data: "@hosts_g7" } }, "iifname vmap @hosts_g7"],
    [{ mangle: { key: ct("mark"), value: 16 } }, "ct mark set 16"],
    [{ mangle: { key: meta("mark"), value: ct("mark") } }, "meta mark set ct mark"],
    [
      { log: { prefix: "deny", group: 5, snaplen: 128, "queue-threshold": 64 } },
      'log prefix "deny" group 5 snaplen 128 queue-threshold 64',
    ],
    [match({ "&": [field("ip", "saddr"), "255.255.0.255"] }, "10.0.0.11"), "ip saddr & 255.255.0.255 10.0.0.11"],
    [match({ "&": [field("ip", "daddr"), "0.0.0.1"] }, "0.0.0.1", "!="), "ip daddr & 0.0.0.1 != 0.0.0.1"],
    [{ reject: { type: "tcp reset" } }, "reject with tcp reset"],
    [{ reject: { type: "icmpx", expr: "port-unreachable" } }, "reject with icmpx port-unreachable"],
    [{ reject: { type: "icmpx", expr: 3 } }, "reject with icmpx admin-prohibited"],
    [{ reject: null }, "reject with icmpx port-unreachable"],
    [{ counter: { packets: 5, bytes: 6 } }, "counter"],
    [{ accept: null }, "accept"],
    [{ goto: { target: "permit" } }, "goto permit"],
    [{ jump: { target: "live" } }, "jump live"],
  ])("%j", (json, printed) => {
    expect(printStatement(readStatement(json))).toBe(printed);
  });
});

describe("statements that are not ours", () => {
  test.each<[unknown]>([
    [undefined],
    [null],
    [1],
    ["accept"],
    [[]],
    [{}],
    [{ accept: null, drop: null }],
    [{ limit: { rate: 3 } }],
    [{ xt: null }],
    [{ masquerade: null }],
    [{ queue: { num: 0 } }],
    [{ continue: null }],
    [{ goto: {} }],
    [{ jump: { target: 5 } }],
    [{ counter: "named" }],
    [{ log: { prefix: "x" } }],
    [{ log: null }],
    [{ log: { prefix: "x", group: 1, snaplen: 1, "queue-threshold": 1, level: "info" } }],
    [{ log: { prefix: 'a"b', group: 1, snaplen: 1, "queue-threshold": 1 } }],
    [{ reject: { type: "icmp", expr: "host-unreachable" } }],
    [{ reject: { type: "icmpx", expr: "no-route" } }],
    [match(meta("skuid"), 0)],
    [match(meta("l4proto"), "no-such-protocol")],
    [match(meta("l4proto"), -1)],
    [match(meta("l4proto"), 1.5)],
    [match(meta("l4proto"), 6, "<")],
    [match(meta("iifname"), 'a"b')],
    [match(meta("iifname"), 3)],
    [match(ct("state"), "snat", "in")],
    [match(ct("state"), [], "in")],
    [match(ct("bytes"), 5)],
    [match(ct("direction"), "reply")],
    [match({ "&": [ct("mark"), 255] }, 5)],
    [match({ "&": [field("ip", "saddr"), 255] }, "0.0.0.5")],
    [match({ "&": [field("ip6", "saddr"), "::ff"] }, "::5")],
    [match({ "&": [field("tcp", "dport"), "0.0.0.255"] }, 5)],
    [match({ "|": [field("ip", "saddr"), "0.0.0.255"] }, "0.0.0.5")],
    [match({ ct: { key: "mark", dir: "original" } }, 5)],
    [match(field("ip", "ttl"), 64)],
    [match(field("th", "dport"), 64)],
    [match(field("ip", "saddr"), "10.0.0")],
    [match(field("ip", "saddr"), "::1")],
    [match(field("ip", "saddr"), { prefix: { addr: "10.0.0.0", len: 33 } })],
    [match(field("ip", "saddr"), { prefix: { addr: "::", len: 3 } })],
    [match(field("ip", "saddr"), { range: ["10.0.0.2", "10.0.0.1"] })],
    [match(field("tcp", "dport"), { range: [9, 1] })],
    [match(field("tcp", "dport"), { set: [] })],
    [match(field("tcp", "dport"), { set: [{ elem: { val: 5 } }] })],
    [match(field("tcp", "dport"), "ssh")],
    [match({ concat: [meta("iifname"), meta("oifname")] }, "a")],
    [{ match: { op: "==", left: ct("mark"), right: 5, extra: 1 } }],
    [{ vmap: { key: meta("iifname"), data: { set: [] } } }],
    [{ mangle: { key: ct("mark"), value: { "|": [ct("mark"), 1] } } }],
    [{ mangle: { key: meta("priority"), value: 1 } }],
    [{ mangle: { key: field("ip", "ttl"), value: 1 } }],
  ])("%j", (json) => {
    const statement = readStatement(json);
    expect(statement.kind).toBe("foreign");
    expect(printStatement(statement)).toMatch(/^<.*>$/);
  });
});

const at = { family: "inet", table: "merlon", handle: 1 };
const listing = (...objects: readonly unknown[]) => ({
  nftables: [{ metainfo: { version: "1.0.6" } }, { table: { family: "inet", name: "merlon", handle: 1 } }, ...objects],
});

describe("sets", () => {
  const read = (word: "set" | "map", body: object) => {
    const set = readNftJson(listing({ [word]: { ...at, name: "s", ...body } }))?.sets[0];
    if (set === undefined) throw new Error("the set is not there");
    const head = `${set.key.join(" . ")}${printDataType(set)}${set.interval ? " interval" : ""}${set.counter ? " counter" : ""}`;
    return set.foreign === undefined ? [head, ...set.elements.map(printElement)] : "foreign";
  };
  test.each<["set" | "map", object, readonly string[] | "foreign"]>([
    ["set", { type: "mark", elem: [0] }, ["mark", "0"]],
    ["set", { type: "mark" }, ["mark"]],
    [
      "set",
      { type: "mark", stmt: [{ counter: null }], elem: [{ elem: { val: 1, counter: { packets: 1, bytes: 2 } } }, 2] },
      ["mark counter", "1", "2"],
    ],
    [
      "map",
      { type: ["ifname", "ifname"], map: "verdict", elem: [[{ concat: ["a", "b"] }, { goto: { target: "c" } }]] },
      ["ifname . ifname : verdict", '"a" . "b" : goto c'],
    ],
    ["map", { type: "ifname", map: "verdict", elem: [["a", { drop: null }]] }, ["ifname : verdict", '"a" : drop']],
    ["map", { type: "mark", map: "mark", elem: [[1, 2]] }, ["mark : mark", "1 : 2"]],
    [
      "set",
      {
        type: "ipv4_addr",
        flags: ["interval"],
        elem: ["10.0.0.1", { prefix: { addr: "10.1.0.0", len: 16 } }, { range: ["10.2.0.1", "10.2.0.3"] }],
      },
      ["ipv4_addr interval", "10.0.0.1", "10.1.0.0/16", "10.2.0.1-10.2.0.3"],
    ],
    ["set", { type: "ipv6_addr", flags: "interval", elem: ["::1"] }, ["ipv6_addr interval", "::1"]],
    ["set", { type: "inet_proto", elem: ["tcp", 17] }, ["inet_proto", "6", "17"]],
    ["set", { type: "icmp_type", elem: ["echo-request"] }, ["icmp_type", "8"]],
    ["set", { type: "ether_addr", elem: ["00:11:22:33:44:55"] }, "foreign"],
    ["set", { type: { typeof: meta("iifname") } }, "foreign"],
    ["set", { type: "mark", flags: ["timeout"], timeout: 5 }, "foreign"],
    ["set", { type: "mark", flags: ["constant"] }, "foreign"],
    ["set", { type: "mark", size: 100 }, ["mark"]],
    ["set", { type: "mark", stmt: [{ limit: { rate: 1 } }] }, "foreign"],
    ["set", { type: "mark", elem: [{ elem: { val: 1, comment: "x" } }] }, "foreign"],
    ["set", { type: "mark", elem: [{ elem: { val: 1, counter: null } }] }, "foreign"],
    ["set", { type: "mark", elem: ["x"] }, "foreign"],
    ["map", { type: "mark", elem: [1] }, "foreign"],
    ["map", { type: "mark", map: "ipv4_addr", elem: [[1, "x"]] }, "foreign"],
    ["map", { type: "mark", map: "verdict", elem: [[1, { queue: null }]] }, "foreign"],
    ["map", { type: "mark", map: "verdict", elem: [1] }, "foreign"],
    ["set", { type: ["mark", "mark"], elem: [{ concat: [1] }] }, "foreign"],
    ["set", { type: "ifname", elem: ['a"b'] }, "foreign"],
    ["map", { type: "mark", map: "counter" }, "foreign"],
  ])("%s %j", (word, body, expected) => {
    expect(read(word, body)).toEqual(expected);
  });
});

describe("timeouts", () => {
  const read = (body: object) => readNftJson(listing({ "ct timeout": { ...at, name: "t", ...body } }))?.timeouts?.[0];
  const inet = { l3proto: "inet" };
  test.each<[object, object]>([
    [
      { ...inet, protocol: "tcp", policy: { established: 300 } },
      { protocol: "tcp", seconds: { established: 300 } },
    ],
    [
      { l3proto: "ip", protocol: "udp", policy: { unreplied: 4, replied: 5 } },
      { protocol: "udp", seconds: { unreplied: 4, replied: 5 } },
    ],
    [
      { ...inet, protocol: "udp", policy: null },
      { protocol: "udp", seconds: {} },
    ],
    [
      { ...inet, protocol: "udp", policy: { established: 3 } },
      { protocol: "udp", seconds: {}, foreign: '{"established":3}' },
    ],
    [
      { ...inet, protocol: "tcp", policy: { close: "soon" } },
      { protocol: "tcp", seconds: {}, foreign: '{"close":"soon"}' },
    ],
    [
      { ...inet, protocol: "tcp", policy: null, comment: "mine" },
      { protocol: "tcp", seconds: {}, foreign: '{"comment":"mine"}' },
    ],
    [
      { protocol: "icmp", ...inet, policy: { timeout: 3 } },
      { protocol: "tcp", seconds: {}, foreign: '{"protocol":"icmp","l3proto":"inet","policy":{"timeout":3}}' },
    ],
  ])("%j", (body, expected) => {
    expect(read(body)).toEqual({ name: "t", ...expected });
  });

  test("a rule that gives one to a session", () => {
    const rule = { rule: { ...at, chain: "c", expr: [{ "ct timeout": "t" }, { "ct timeout": { elem: 1 } }] } };
    const table = readNftJson(listing({ chain: { ...at, name: "c" } }, rule));
    expect(table?.chains[0]?.rules[0]?.statements).toEqual([
      { kind: "set-timeout", timeout: "t" },
      { kind: "foreign", text: '{"ct timeout":{"elem":1}}' },
    ]);
  });
});

describe("chains", () => {
  const hooked = { type: "filter", hook: "forward", prio: -10, policy: "drop" };
  const read = (body: object) => readNftJson(listing({ chain: { ...at, name: "c", ...body } }))?.chains[0];
  test("a plain chain, and one with a hook", () => {
    expect(read({})).toEqual({ name: "c", rules: [] });
    expect(read(hooked)).toEqual({
      name: "c",
      hook: { type: "filter", hook: "forward", priority: -10, policy: "drop" },
      rules: [],
    });
  });
  test.each([
    ["another hook", { ...hooked, hook: "ingress" }],
    ["a device", { ...hooked, dev: "lo" }],
    ["another type", { ...hooked, type: "odd" }],
    ["no policy", { type: "filter", hook: "forward", prio: 0 }],
  ])("%s is foreign", (_, body) => {
    expect(read(body)?.foreign).toEqual(expect.any(String));
  });

  test("comments on chains are passed over", () => {
    expect(read({ comment: "x" })).toEqual(read({}));
    expect(read({ ...hooked, comment: "x" })).toEqual(read(hooked));
  });

  test("rules keep their order, comments and what is foreign about them", () => {
    const rule = (expr: readonly unknown[], more: object = {}) => ({ rule: { ...at, chain: "c", expr, ...more } });
    const table = readNftJson(
      listing(
        { chain: { ...at, name: "c" } },
        rule([{ accept: null }], { comment: "policy x" }),
        rule([{ limit: {} }, { drop: null }]),
        rule([{ drop: null }], { comment: 'a"b' }),
      ),
    );
    expect(table?.chains[0]?.rules).toEqual([
      { statements: [{ kind: "verdict", verdict: { kind: "accept" } }], comment: "policy x" },
      {
        statements: [
          { kind: "foreign", text: '{"limit":{}}' },
          { kind: "verdict", verdict: { kind: "drop" } },
        ],
      },
      {
        statements: [
          { kind: "verdict", verdict: { kind: "drop" } },
          { kind: "foreign", text: String.raw`comment "a\"b"` },
        ],
      },
    ]);
  });
});

describe("listings", () => {
  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a text", "x"],
    ["no list", {}],
    ["an empty list", { nftables: [] }],
    ["another family", { nftables: [{ table: { family: "ip", name: "merlon" } }] }],
    ["another name", { nftables: [{ table: { family: "inet", name: "filter" } }] }],
  ])("%s holds no table of ours", (_, json) => {
    expect(readNftJson(json)).toBeUndefined();
  });

  test("other tables' objects are not ours, other kinds of object are noted", () => {
    const table = readNftJson(
      listing(
        { chain: { ...at, table: "filter", name: "x" } },
        { chain: { ...at, family: "ip", name: "y" } },
        { counter: { ...at, name: "n" } },
        { "ct helper": { ...at, name: "h" } },
      ),
    );
    expect(table).toEqual({
      family: "inet",
      name: "merlon",
      sets: [],
      chains: [],
      others: [
        { word: "counter", name: "n" },
        { word: "ct helper", name: "h" },
      ],
    });
  });

  test("whatever the listing is, reading, comparing and printing it never throws", () => {
    const word = fc.constantFrom(
      "table",
      "set",
      "map",
      "chain",
      "rule",
      "counter",
      "expr",
      "elem",
      "match",
      "op",
      "left",
      "right",
      "meta",
      "ct",
      "key",
      "payload",
      "type",
      "name",
      "inet",
      "merlon",
      "family",
      "comment",
      "vmap",
      "data",
      "mangle",
      "value",
      "range",
      "prefix",
      "concat",
      "hook",
      "goto",
      "target",
      'a"b',
      "mark",
      "l4proto",
      "@x",
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5, depthSize: "small" },
        word,
        fc.integer(),
        fc.constantFrom(null, true, "", -1, 1e99),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(word, tie("value"), { maxKeys: 4 }),
      ),
    }));
    const object = fc.tuple(
      fc.constantFrom("set", "map", "chain", "rule", "quota"),
      fc.dictionary(word, value, { maxKeys: 6 }),
    );
    fc.assert(
      fc.property(fc.array(object, { maxLength: 5 }), fc.array(value, { maxLength: 4 }), (objects, expr) => {
        const table = readNftJson(
          listing(
            { chain: { ...at, name: "c" } },
            { rule: { ...at, chain: "c", expr } },
            ...objects.map(([kind, body]) => ({ [kind]: { ...body, ...at } })),
          ),
        );
        expect(table).toBeDefined();
        printTable(canonicalTable(table!));
      }),
      { numRuns: 3000 },
    );
  });
});
