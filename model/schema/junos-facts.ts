// The statements of the original's grammar that are not written by hand: made from the imported facts, level by level as
// they are asked for, because sixteen thousand statements are more than any configuration uses.

import access from "./junos/access.json" with { type: "json" };
import accountingOptions from "./junos/accounting-options.json" with { type: "json" };
import applications from "./junos/applications.json" with { type: "json" };
import bridgeDomains from "./junos/bridge-domains.json" with { type: "json" };
import chassis from "./junos/chassis.json" with { type: "json" };
import classOfService from "./junos/class-of-service.json" with { type: "json" };
import firewall from "./junos/firewall.json" with { type: "json" };
import forwardingOptions from "./junos/forwarding-options.json" with { type: "json" };
import interfaces from "./junos/interfaces.json" with { type: "json" };
import other from "./junos/other.json" with { type: "json" };
import policyOptions from "./junos/policy-options.json" with { type: "json" };
import protocols from "./junos/protocols.json" with { type: "json" };
import routingInstances from "./junos/routing-instances.json" with { type: "json" };
import routingOptions from "./junos/routing-options.json" with { type: "json" };
import schedulers from "./junos/schedulers.json" with { type: "json" };
import security from "./junos/security.json" with { type: "json" };
import services from "./junos/services.json" with { type: "json" };
import snmp from "./junos/snmp.json" with { type: "json" };
import switchOptions from "./junos/switch-options.json" with { type: "json" };
import system from "./junos/system.json" with { type: "json" };
import vlans from "./junos/vlans.json" with { type: "json" };
import { factType } from "./fact-type.ts";
import { helpOf } from "./junos-help.ts";
import { withChildren } from "./lazy-children.ts";
import { container, flag, key, leaf, leafList, list } from "./node.ts";
import type { Children, Key, ListPaths, OneLine, SchemaNode } from "./node.ts";

interface FactFile {
  readonly top: Readonly<Record<string, number>>;
  readonly nodes: readonly FactNode[];
}

/** As `tools/schema/import-junos.ts` writes it; `children` are numbers of nodes by word. */
interface FactNode {
  readonly kind: string;
  readonly keys?: readonly FactKey[];
  readonly type?: string;
  readonly limit?: string;
  readonly default?: string;
  readonly units?: string;
  readonly refersTo?: readonly string[];
  readonly choice?: string;
  readonly flags?: readonly string[];
  readonly xml?: string;
  readonly children?: Readonly<Record<string, number>>;
}

interface FactKey {
  readonly name: string;
  readonly word?: string;
  readonly type?: string;
  readonly limit?: string;
  readonly refersTo?: readonly string[];
  readonly writtenAfter?: readonly string[];
}

const files = [
  access, accountingOptions, applications, bridgeDomains, chassis, classOfService, firewall, forwardingOptions,
  interfaces, other, policyOptions, protocols, routingInstances, routingOptions, schedulers, security, services, snmp,
  switchOptions, system, vlans,
] as unknown as readonly FactFile[]; // prettier-ignore

/** The top hierarchies. */
export function junosStatements(): Children {
  const made: Record<string, SchemaNode> = {};
  for (const file of files) Object.assign(made, childrenOf(file, file.top));
  return made;
}

function childrenOf(file: FactFile, numbers: Readonly<Record<string, number>>): Children {
  return Object.fromEntries(Object.entries(numbers).map(([word, number]) => [word, nodeOf(file, word, number)]));
}

function nodeOf(file: FactFile, word: string, number: number): SchemaNode {
  const fact = file.nodes[number];
  if (fact === undefined) throw new Error(`the facts have no node ${number}`);
  const flags = new Set(fact.flags);
  const help = helpOf(word, fact);
  const common = { kept: true, ...choiceOf(fact), ...(fact.xml === undefined ? {} : { xmlName: fact.xml }) } as const;
  const children = (): Children => childrenOf(file, fact.children ?? {});
  const type = factType(fact.type ?? "string", fact.limit ?? "");
  switch (fact.kind) {
    case "flag":
      return flag(help, common);
    case "leaf": {
      const typed = /^(?:encrypted|plain-text)-password/.test(word) ? { ...type, secret: true as const } : type;
      return leaf(help, typed, { ...common, ...referenceOf(fact), positional: flags.has("nokeyword") });
    }
    case "leaf-list":
      return leafList(help, type, { ...common, ...referenceOf(fact), ...countOf(flags) });
    case "list": {
      const options = {
        keyword: !flags.has("nokeyword"),
        block: flags.has("homogeneous") && !flags.has("nokeyword"),
        ordered: !flags.has("sorted"),
        oneLine: oneLineOf(flags),
        ...countOf(flags),
      };
      return withChildren(list(help, (fact.keys ?? []).map(keyOf), {}, { ...common, ...options }), children);
    }
    default: {
      // The original writes `family inet { … }` on every level.
      const inline = word === "family";
      const options = { presence: fact.kind === "presence", inline, oneLine: oneLineOf(flags) };
      return withChildren(container(help, {}, { ...common, ...options }), children);
    }
  }
}

function keyOf({ name, word, type, limit, refersTo, writtenAfter }: FactKey): Key<string, unknown> {
  return key(name, factType(type ?? "string", limit ?? ""), {
    ...(word === undefined ? {} : { word }),
    ...(writtenAfter === undefined ? {} : { writtenAfter }),
    ...referenceOf({ refersTo }),
  });
}

function choiceOf({ choice }: FactNode): { choice?: string; choiceCase?: string } {
  if (choice === undefined) return {};
  const at = choice.lastIndexOf(":");
  return { choice: choice.slice(0, at), choiceCase: choice.slice(at + 1) };
}

function referenceOf({ refersTo }: { refersTo?: readonly string[] | undefined }): { refersToOneOf?: ListPaths } {
  if (refersTo === undefined) return {};
  return { refersToOneOf: refersTo.map((path) => path.split(" ").filter((word) => !word.startsWith("<"))) };
}

function oneLineOf(flags: ReadonlySet<string>): OneLine {
  if (flags.has("oneliner")) return "always";
  return flags.has("oneliner-plus") ? "single" : "never";
}

function countOf(flags: ReadonlySet<string>): { countMax?: number } {
  const max = [...flags].find((name) => name.startsWith("max="));
  return max === undefined ? {} : { countMax: Number(max.slice(4)) };
}
