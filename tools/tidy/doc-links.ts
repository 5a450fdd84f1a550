// Links in documents lead somewhere: to a file of the tree, and to a heading in it where they name one. Links to the
// world outside are not followed, because a test must not need the network.

import { posix } from "node:path";
import type { Finding } from "./finding.ts";
import type { SourceTree } from "./source-tree.ts";

export function checkDocLinks(tree: SourceTree): readonly Finding[] {
  const folders = new Set(tree.files.flatMap(({ path }) => ancestors(path)));
  return tree.files
    .filter(({ path }) => path.endsWith(".md"))
    .flatMap(({ path, lines }) =>
      proseLines(lines).flatMap(({ text, line }) =>
        [...text.matchAll(/\]\(([^()\s]+(?:\([^()\s]*\))?)\)/g)].flatMap(([, target = ""]) => {
          const message = judge(tree, folders, path, target);
          return message === undefined ? [] : [{ file: path, line, message }];
        }),
      ),
    );
}

function judge(tree: SourceTree, folders: ReadonlySet<string>, from: string, target: string): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [path = "", anchor] = target.split("#");
  const resolved = path === "" ? from : posix.normalize(posix.join(posix.dirname(from), path)).replace(/\/$/, "");
  const file = tree.file(resolved);
  if (file === undefined && !folders.has(resolved)) return `the link to ${target} leads nowhere; correct or remove it`;
  if (anchor === undefined || file === undefined || !resolved.endsWith(".md")) return undefined;
  return anchorsOf(file.lines).has(anchor) ? undefined : `${resolved} has no heading for #${anchor}; correct the link`;
}

/** Lines outside of fenced blocks, without code spans. */
function proseLines(lines: readonly string[]): readonly { readonly text: string; readonly line: number }[] {
  let fenced = false;
  return lines.flatMap((text, index) => {
    if (text.trim().startsWith("```")) fenced = !fenced;
    return fenced ? [] : [{ text: text.replaceAll(/`[^`]*`/g, ""), line: index + 1 }];
  });
}

/** Headings as Git forges make anchors of them. */
function anchorsOf(lines: readonly string[]): ReadonlySet<string> {
  const headings = lines.flatMap((line) => /^#+ (.*)$/.exec(line)?.slice(1) ?? []);
  return new Set(
    headings.map((text) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .trim()
        .replaceAll(" ", "-"),
    ),
  );
}

function ancestors(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
