// `interfaces interface-range`: interfaces that share statements. A range takes all that an interface takes, besides its
// members; the grammar of the original leaves that open, so it is added here. It is gone when the configuration is expanded.

import { withChildren } from "./lazy-children.ts";
import { key, leaf, list } from "./node.ts";
import type { Children } from "./node.ts";
import { interfaceName, name } from "./value.ts";

const memberName = name(
  "<interface-names>",
  /^[a-z][a-z0-9*[\],!/:-]*$/,
  127,
  "the name of an interface, or of several with numbers in brackets (ge-0/0/[0-3])",
);

const members: Children = {
  member: list("Interface of the range, or several with numbers in brackets", [key("name", memberName)], {}),
  "member-range": list(
    "Interfaces of the range, the first to the last",
    [key("name", interfaceName)],
    { to: leaf("Last interface", interfaceName, { xmlName: "end-range" }) },
    { oneLine: "always" },
  ),
};

/** The statements of `interfaces` with ranges that take what an interface takes. */
export function withInterfaceRange(children: Children): Children {
  const { "interface-range": range, interface: one } = children;
  if (range?.kind !== "list" || one?.kind !== "list") return children;
  return { ...children, "interface-range": withChildren(range, () => ({ ...members, ...one.children })) };
}
