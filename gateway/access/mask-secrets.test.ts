// A line that is logged holds no secret, whatever was typed.

import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { fullSchema } from "@merlon/model/schema/full-schema.ts";
import type { SchemaNode } from "@merlon/model/schema/node.ts";
import { maskSecrets, namesSecret } from "./mask-secrets.ts";

const masked = "/* SECRET-DATA */";

describe("maskSecrets", () => {
  test.each<[line: string, expected: string]>([
    ["show version", "show version"],
    [
      "set system login user a authentication plain-text-password-value abc",
      `set system login user a authentication plain-text-password-value ${masked}`,
    ],
    [
      'set system root-authentication encrypted-password "$6$a b" inactive',
      `set system root-authentication encrypted-password ${masked} inactive`,
    ],
    [
      "set security ike policy p pre-shared-key ascii-text abc",
      `set security ike policy p pre-shared-key ascii-text ${masked}`,
    ],
    // Words may be shortened.
    ["set sys root plain abc", `set sys root plain ${masked}`],
    ["set system root-auth encr abc", `set system root-auth encr ${masked}`],
    ["set system login user password class x", `set system login user password ${masked} x`],
    ["set system root-authentication encrypted-password", "set system root-authentication encrypted-password"],
    [
      'set system root-authentication encrypted-password "abc',
      `set system root-authentication encrypted-password ${masked}`,
    ],
    ['set "abc def', `set ${masked}`],
    ["set system commit peers a authentication b", `set system commit peers a authentication ${masked}`],
    [
      "set security macsec connectivity-association a secure-channel c security-association 0 key 0a1b",
      `set security macsec connectivity-association a secure-channel c security-association 0 key ${masked}`,
    ],
    ["set key 00112233445566778899001122334455", `set key ${masked}`],
    [
      "set security macsec connectivity-association a pre-shared-key ckn 0a",
      "set security macsec connectivity-association a pre-shared-key ckn 0a",
    ],
    ["set pre-shared-key cak 0a1b", `set pre-shared-key cak ${masked}`],
    ["set system ntp server 192.0.2.1 key 5", "set system ntp server 192.0.2.1 key 5"],
    ["set interfaces gr-0/0/0 unit 0 tunnel key 4294967295", "set interfaces gr-0/0/0 unit 0 tunnel key 4294967295"],
    [
      "set security ipsec vpn v manual encryption key ascii-text abc",
      `set security ipsec vpn v manual encryption key ascii-text ${masked}`,
    ],
    ["set x secret a secret b", `set x secret ${masked} secret ${masked}`],
    ["show configuration | match secret | count", "show configuration | match secret | count"],
    ["", ""],
  ])("%s", (line, expected) => {
    expect(maskSecrets(line)).toBe(expected);
  });

  test("law: what stands behind a word of a secret is not there any more", () => {
    const secret = fc.stringMatching(/^[A-Z0-9]{12,30}$/);
    fc.assert(
      fc.property(
        secret,
        fc.boolean(),
        fc.constantFrom("secret", "pre-shared-key ascii-text", "password", "key", "fallback-key cak"),
        (value, isQuoted, word) => {
          expect(maskSecrets(`set a ${word} ${isQuoted ? `"${value}"` : value} b`)).not.toContain(value);
        },
      ),
    );
  });
});

test("every secret of the schema has its word here", () => {
  const missing = new Set<string>();
  const walk = (node: SchemaNode, word: string, above: string, depth: number): void => {
    if (depth > 16) return;
    if ((node.kind === "leaf" || node.kind === "leaf-list") && node.type.secret === true && !namesSecret(word)) {
      missing.add(`${above} ${word}`);
    }
    if (node.kind !== "container" && node.kind !== "list") return;
    for (const [child, schema] of Object.entries(node.children))
      if (!elsewhere.has(child)) walk(schema, child, word, depth + 1);
  };
  walk(fullSchema, "", "", 0);
  expect([...missing]).toEqual([...exceptions]);
});

/** Hierarchies that repeat the whole. */
const elsewhere = new Set(["groups", "logical-systems", "tenants", "dynamic-profiles"]);

/** Addresses, which the grammar marks as secrets; and words that are no secret elsewhere and have a rule of their own. */
const exceptions = new Set([
  "peers authentication",
  "map-e br-address",
  "rule ipv4-prefix",
  "rule ipv6-prefix",
  "rule psid-offset",
  "security-association key",
]);
