// The schema that the language follows: what Merlon enforces, written by hand, and everything else that the original's
// grammar knows, so that any real configuration loads. `Configuration` is inferred from the hand-written part alone.

import { configurationSchema } from "./configuration.ts";
import { withInterfaceRange } from "./interface-range.ts";
import { junosStatements } from "./junos-facts.ts";
import { mergeChildren } from "./merge-schema.ts";
import { container, key, leaf, list } from "./node.ts";
import type { Children, Container, SchemaNode } from "./node.ts";
import { withChildren } from "./lazy-children.ts";
import { factType } from "./fact-type.ts";

/** The order of the hierarchies in a configuration of the original; what is not named stands at the end. */
const topOrder = [
  "version", "system", "logical-systems", "tenants", "chassis", "services", "security", "access", "accounting-options",
  "interfaces", "snmp", "forwarding-options", "event-options", "routing-options", "protocols", "policy-options",
  "class-of-service", "firewall", "dynamic-profiles", "routing-instances", "bridge-domains", "switch-options", "smtp",
  "applications", "schedulers", "vlans",
]; // prettier-ignore

const anyText = factType("string", "");

/** Stands on every level: data for scripts. */
export const applyMacro = list(
  "Data for scripts",
  [key("name", anyText)],
  {
    data: list(
      "Name and value",
      [key("name", anyText)],
      { value: leaf("Value", anyText, { positional: true, kept: true }) },
      { kept: true, keyword: false, oneLine: "always", ordered: false },
    ),
  },
  { kept: true },
);

/** Hierarchies of the original whose statements we do not know: they are kept as they are written. */
function openHierarchy(help: string): Container<Children> {
  return container(help, {}, { kept: true, open: true });
}

const routingProtocols = [
  "bgp", "esis", "igmp", "igmp-snooping", "iccp", "isis", "lacp", "layer2-control", "ldp", "mld", "mld-snooping", "mpls",
  "msdp", "mstp", "neighbor-discovery", "oam", "ospf", "ospf3", "pim", "rip", "ripng", "router-advertisement",
  "router-discovery", "rstp", "rsvp", "sflow", "stp", "vrrp", "vstp", "bfd", "dot1x", "evpn", "l2circuit", "l2vpn",
  "connections", "dvmrp", "uplink-failure-detection", "static-arp", "ppp", "pppoe", "source-packet-routing", "vpls",
]; // prettier-ignore

const openProtocols: Children = Object.fromEntries(
  routingProtocols.map((word) => [word, openHierarchy(`Protocol ${word.toUpperCase()}`)]),
);

function withOpen(statements: Children): Children {
  const { protocols, "routing-instances": instances, ...others } = statements;
  const made: Record<string, SchemaNode> = { ...others };
  if (protocols?.kind === "container")
    made["protocols"] = withChildren(protocols, () => ({ ...openProtocols, ...protocols.children }));
  if (instances?.kind === "container")
    made["routing-instances"] = withChildren(instances, () => withInstanceProtocols(instances.children));
  made["event-options"] = openHierarchy("What happens on events");
  made["dynamic-profiles"] = openHierarchy("Statements for subscribers");
  return made;
}

function withInstanceProtocols(children: Children): Children {
  return Object.fromEntries(
    Object.entries(children).map(([word, node]) => {
      if (node.kind !== "list" || node.keyword) return [word, node];
      const protocols = container("Routing protocols", openProtocols, { kept: true });
      return [word, withChildren(node, () => ({ ...node.children, protocols }))];
    }),
  );
}

/** A part of the gateway that is configured like a gateway of its own. */
function partition(help: string, children: () => Children): SchemaNode {
  const name = key("name", factType("string", "length 1..63"));
  return withChildren(list(help, [name], {}, { kept: true, block: true }), () =>
    Object.fromEntries(Object.entries(children()).filter(([word]) => !notInPartition.has(word))),
  );
}

const notInPartition = new Set(["version", "logical-systems", "tenants"]);

function makeSchema(): Container<Children> {
  const statements = withOpen(junosStatements());
  const merged: Record<string, SchemaNode> = { ...mergeChildren(configurationSchema.children, statements) };
  merged["version"] = leaf("Release whose words the configuration uses", anyText);
  merged["logical-systems"] = partition("Gateway inside this gateway", () => fullSchema.children);
  merged["tenants"] = partition("Gateway of a tenant inside this gateway", () => fullSchema.children);
  const { interfaces } = merged;
  if (interfaces?.kind === "container")
    merged["interfaces"] = withChildren(interfaces, () => withInterfaceRange(interfaces.children));
  const known = topOrder.filter((word) => merged[word] !== undefined);
  const rest = Object.keys(merged).filter((word) => !topOrder.includes(word));
  const children = [...known, ...rest].map((word) => [word, merged[word]] as const);
  return { ...configurationSchema, children: Object.fromEntries(children) as Children };
}

export const fullSchema: Container<Children> = makeSchema();
