// Words of real configurations that the imported facts lack: each is known where the original has it, and nowhere else.

import { expect, test } from "vitest";
import { fullSchema } from "./full-schema.ts";
import type { Children, SchemaNode } from "./node.ts";

/** What the words name, through entries without keyword. */
function nodeAt(path: string): SchemaNode | undefined {
  let node: SchemaNode | undefined = fullSchema;
  for (const word of path.split(" ")) {
    if (node?.kind !== "container" && node?.kind !== "list") return undefined;
    const children: Children = node.children;
    const entry = Object.values(children).find((child) => child.kind === "list" && !child.keyword);
    node = children[word] ?? (entry?.kind === "list" ? entry.children[word] : undefined);
  }
  return node;
}

test.each([
  "event-options",
  "poe",
  "ethernet-switching-options",
  "chassis fpc",
  "firewall family vpls",
  "forwarding-options helpers",
  "forwarding-options sampling",
  "forwarding-options dhcp-relay",
  "interfaces t1-options",
  "interfaces unit ppp-options",
  "interfaces unit family inet dhcp-client",
  "protocols ospf",
  "protocols lldp-med",
  "routing-instances protocols bgp",
  "routing-instances forwarding-options",
  "routing-instances routing-options multicast",
  "routing-options dynamic-tunnels",
  "security utm feature-profile web-filtering type",
  "snmp rmon",
  "system services dhcp-local-server group overrides",
  "logical-systems protocols ospf",
  "tenants routing-instances protocols bgp",
])("%s is open", (path) => {
  expect(nodeAt(path)).toMatchObject({ kind: "container", open: true, kept: true });
});

test.each([
  ["security policies", "enforced"],
  ["forwarding-options packet-capture", "known in full"],
  ["routing-instances protocols", "known by its protocols"],
  ["protocols lldp", "known in full"],
  ["protocols l2-learning", "known in full"],
])("%s is not: %s", (path) => {
  const node = nodeAt(path);
  expect(node).toBeDefined();
  expect(node).not.toHaveProperty("open");
});

test.each(["sampling", "system phone", "routing-instances protocols nonsense", "security rmon"])(
  "%s is not known",
  (path) => {
    expect(nodeAt(path)).toBeUndefined();
  },
);

test("words of entries stand in the entries, and not beside them", () => {
  const { interfaces } = fullSchema.children;
  expect(interfaces?.kind === "container" && Object.hasOwn(interfaces.children, "t1-options")).toBe(false);
});

test("routing protocols that are not known print before those that are", () => {
  const { protocols } = fullSchema.children;
  const words = protocols?.kind === "container" ? Object.keys(protocols.children) : [];
  expect(words.indexOf("bgp")).toBeLessThan(words.indexOf("lldp"));
});
