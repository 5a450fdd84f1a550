// The schema that the language follows: what Merlon enforces, written by hand, and everything else that the original's
// grammar knows, so that any real configuration loads. `Configuration` is inferred from the hand-written part alone.

import { configurationSchema } from "./configuration.ts";
import { withInterfaceRange } from "./interface-range.ts";
import { junosStatements } from "./junos-facts.ts";
import { mergeChildren } from "./merge-schema.ts";
import { key, leaf, list } from "./node.ts";
import type { Children, Container, SchemaNode } from "./node.ts";
import { withChildren } from "./lazy-children.ts";
import { withOpenHierarchies } from "./open-hierarchies.ts";
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

/** A part of the gateway that is configured like a gateway of its own. */
function partition(help: string, children: () => Children): SchemaNode {
  const name = key("name", factType("string", "length 1..63"));
  return withChildren(list(help, [name], {}, { kept: true, block: true }), () =>
    Object.fromEntries(Object.entries(children()).filter(([word]) => !notInPartition.has(word))),
  );
}

const notInPartition = new Set(["version", "logical-systems", "tenants"]);

function makeSchema(): Container<Children> {
  const statements = withOpenHierarchies(junosStatements());
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
