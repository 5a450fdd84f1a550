// Docs stand beside the code: every top folder with code, and every room of the gateway, has a README.md that says what
// it is, what it may import, what always holds there, and what a reviewer must reject.

import { isCode, topFolder } from "./file-role.ts";
import type { Finding } from "./finding.ts";
import type { SourceTree } from "./source-tree.ts";

/** Less than a few sentences does not say what a folder is and what to reject there. */
const charactersMin = 250;

export function checkFolderReadmes(tree: SourceTree): readonly Finding[] {
  const folders = new Set<string>();
  for (const { path } of tree.files) {
    if (!isCode(path) || topFolder(path) === "") continue;
    folders.add(topFolder(path));
    const room = /^(gateway|director)\/[^/]+(?=\/)/.exec(path)?.[0];
    if (room !== undefined) folders.add(room);
  }
  return [...folders].toSorted().flatMap((folder) => {
    const file = `${folder}/README.md`;
    const readme = tree.file(file);
    if (readme === undefined) {
      return [
        {
          file,
          message:
            "is missing; say what the folder is, what it may import, its invariants, and what a reviewer must reject",
        },
      ];
    }
    if (readme.text.trim().length >= charactersMin) return [];
    return [
      {
        file,
        message:
          "says too little; say what the folder is, its imports, its invariants, and what a reviewer must reject",
      },
    ];
  });
}
