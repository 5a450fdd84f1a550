// What is accepted but not enforced. A hand-written statement says what does not happen in a warning of its own, however
// often it stands there; all statements that are known from the grammar alone share one warning, which counts them by
// hierarchy. A warning per place would bury everything else in a migrated configuration.

import { consequenceOf } from "@merlon/model/schema/kept-consequences.ts";
import type { SchemaNode } from "@merlon/model/schema/node.ts";
import type { Report } from "./report.ts";
import type { ConfigNode } from "./tree.ts";

/** With more warnings of their own than this, hand-written statements are counted in the common one too. */
const ownWarningsMax = 5;
const groupsShownMax = 16;

interface Notice {
  readonly node: ConfigNode;
  readonly path: readonly string[];
  readonly consequence: string;
  count: number;
}

export class Notices {
  private readonly found = new Map<string, Notice>();
  /** By the name of a hierarchy: `security ike`, `security zones … source-identity-log`. */
  private readonly kept = new Map<string, Notice>();

  note(schema: SchemaNode, node: ConfigNode, path: readonly string[]): void {
    const consequence = schema.notEnforced;
    if (consequence === undefined) return;
    const id = `${node.word} ${consequence}`;
    const notice = this.found.get(id);
    if (notice === undefined) this.found.set(id, { node, path: [...path, node.word], consequence, count: 1 });
    else notice.count += 1;
  }

  /** Counts a statement that is kept with all that stands below it; `count` are its leaves. */
  keep(node: ConfigNode, path: readonly string[], count: number): void {
    const words = [...path, node.word];
    const name = hierarchyOf(words);
    const notice = this.kept.get(name);
    if (notice !== undefined) notice.count += count;
    else this.kept.set(name, { node, path: words, consequence: consequenceOf(words.slice(0, 2)), count });
  }

  warn(report: Report): void {
    const own = [...this.found.values()];
    const folded = own.length > ownWarningsMax;
    if (!folded) for (const notice of own) warnAlone(notice, report);
    this.warnTogether(folded ? own : [], report);
  }

  private warnTogether(own: readonly Notice[], report: Report): void {
    const groups = [
      ...[...this.kept].map(([name, notice]) => ({ name, notice })),
      ...own.map((notice) => ({ name: `"${notice.node.word}"`, notice })),
    ].toSorted((a, b) => b.notice.count - a.notice.count || (a.name < b.name ? -1 : 1));
    const first = groups[0];
    if (first === undefined) return;
    const total = groups.reduce((sum, { notice }) => sum + notice.count, 0);
    const shown = groups.slice(0, groupsShownMax);
    const names = shown.map(({ name, notice }) => `${name} (${notice.count})`);
    const left = groups.slice(groupsShownMax).reduce((sum, { notice }) => sum + notice.count, 0);
    const more = left === 0 ? "" : `, others (${left})`;
    const subject = total === 1 ? "1 statement is kept" : `${total} statements are kept`;
    const clauses = new Map<string, string[]>();
    for (const { name, notice } of shown)
      clauses.set(notice.consequence, [...(clauses.get(notice.consequence) ?? []), name]);
    const hint = [...clauses].map(([clause, of]) => `${of.join(", ")}: ${clause}`).join("; ");
    const message = `${subject} but not enforced: ${names.join(", ")}${more}`;
    report.warning("schema.kept", first.notice.node.span, message, { path: [], hint });
  }
}

/** Hierarchies so wide that their parts are told apart. */
export const wideHierarchies: ReadonlySet<string> = new Set(["security", "services", "system"]);

/** `snmp`, `security ike`, `interfaces … vlan-tagging`, `security zones … source-identity-log`. */
function hierarchyOf(words: readonly string[]): string {
  const [top = "", second = ""] = words;
  const head = wideHierarchies.has(top) ? [top, second] : [top];
  if (words.length <= head.length) return words.join(" ");
  return [...head, ...(words.length > head.length + 1 ? ["…"] : []), words.at(-1)].join(" ");
}

function warnAlone({ node, path, consequence, count }: Notice, report: Report): void {
  const places = count === 1 ? "" : ` (${count} places)`;
  report.warning("schema.not-enforced", node.span, `"${node.word}" is not enforced${places}: ${consequence}`, {
    path,
    hint: "it is kept and shown; deactivate or delete it to silence this warning",
  });
}
