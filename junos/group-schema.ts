// The statements of inheritance, which stand beside every hierarchy and belong to none: `groups` at the top, `apply-groups`
// and `apply-groups-except` on every level. A group holds any hierarchy with the same words, but its names may be patterns
// between angle brackets (`<ge-*>`), so its schema is made from the real one, level by level as it is asked for.

import { withChildren } from "@merlon/model/schema/lazy-children.ts";
import { container, key, leaf, leafList, list } from "@merlon/model/schema/node.ts";
import type { Children, Key, SchemaNode } from "@merlon/model/schema/node.ts";
import { name, oneOf, text } from "@merlon/model/schema/value.ts";
import type { ValueType } from "@merlon/model/schema/value.ts";
import { shownWord } from "@merlon/model/shown-word.ts";
import type { AnyContainer } from "./schema-index.ts";
import { parseGroupTime } from "./group-times.ts";
import { isWildcard } from "./wildcard.ts";

/** 254 characters, as in the grammar of the original. */
const groupName = name("<group-name>", /^[^<>\ufffd]+$/, 254, "a group name (1 to 254 characters, none of < >)");
const appliedMax = 64;

/** What may stand on every level. */
export const anyLevelChildren: Children = {
  "apply-groups": leafList("Groups that this level inherits from, the first one winning", groupName, {
    countMax: appliedMax,
    suggests: [["groups"]],
  }),
  "apply-groups-except": leafList("Groups that this level does not inherit from", groupName, {
    countMax: appliedMax,
    suggests: [["groups"]],
  }),
};

/** `apply-groups` and `apply-groups-except`. */
export function isAnyLevel(word: string): boolean {
  return Object.hasOwn(anyLevelChildren, word);
}

/** Words that have done their work when the configuration is expanded, and mean nothing in the typed model. */
export function isInheritance(word: string): boolean {
  return word === "groups" || isAnyLevel(word);
}

/** A time of `when time`. */
const groupTime: ValueType<string> = {
  placeholder: "<time>",
  parse: (word) =>
    parseGroupTime(word) === undefined
      ? { error: `${shownWord(word)} is not a time such as 22:00, 10pm or 2026-12-24.18:00` }
      : { value: word },
};

/** When a group counts (`group-conditions.ts` decides). */
const when = container(
  "Conditions under which the group counts",
  {
    chassis: leaf("Chassis", text(255)),
    member: leaf("Member of a virtual chassis", text(255)),
    model: leaf("Model of the device", text(255)),
    node: leaf("Node of the cluster", oneOf({ node0: "First node", node1: "Second node" })),
    peers: leafList("Hosts that the group is sent to", text(255)),
    "routing-engine": leaf("Routing engine", text(255)),
    time: container(
      "Time of day or date from which the group counts",
      {
        "start-time": leaf("First moment", groupTime, { positional: true }),
        to: container(
          "End of the time",
          { "end-time": leaf("First moment after it", groupTime, { positional: true }) },
          { oneLine: "always" },
        ),
      },
      { oneLine: "always" },
    ),
  },
  { kept: true },
);

/** The root with `groups` before everything else. */
export function withGroups(root: AnyContainer): AnyContainer {
  const groups = list(
    "Statements that other levels inherit with apply-groups",
    [key("name", groupName)],
    {},
    {
      block: true,
      countMax: 4096,
    },
  );
  return {
    ...root,
    children: { groups: withChildren(groups, () => ({ when, ...patternChildren(root.children) })), ...root.children },
  };
}

function patternChildren(children: Children): Children {
  return Object.fromEntries(Object.entries(children).map(([word, child]) => [word, patternNode(child)]));
}

function patternNode(schema: SchemaNode): SchemaNode {
  switch (schema.kind) {
    case "container":
      return withChildren(schema, () => patternChildren(schema.children));
    case "list": {
      const keys = schema.keys.map((one): Key<string, unknown> => ({ ...one, type: orPattern(one.type) }));
      return withChildren({ ...schema, keys }, () => patternChildren(schema.children));
    }
    case "leaf":
    case "leaf-list":
    case "flag":
      return schema;
  }
}

function orPattern(type: ValueType<unknown>): ValueType<unknown> {
  return { ...type, parse: (word) => (isWildcard(word) ? { value: word } : type.parse(word)) };
}
