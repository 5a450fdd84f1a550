// Exports have one name everywhere, so no default exports; and a name is imported from the file that defines it, so no
// barrels: a file that only passes on what others define hides the import table and loads everything for anything.

import { isCode } from "./file-role.ts";
import type { Finding } from "./finding.ts";
import type { SourceTree } from "./source-tree.ts";
import { syntaxOf } from "./syntax.ts";

export function checkExports(tree: SourceTree): readonly Finding[] {
  return tree.files
    .filter(({ path }) => isCode(path) && !/^[^/]+\.config\.ts$/.test(path))
    .flatMap((file) =>
      syntaxOf(file).exports.flatMap(({ kind, name, line }): readonly Finding[] => {
        switch (kind) {
          case "named":
            return [];
          case "default":
            return [{ file: file.path, line, message: "no default exports; export it by its name" }];
          case "re-export":
          case "re-export-all":
            return [
              {
                file: file.path,
                line,
                message: `passes on ${name} from another file; import it from the file that defines it`,
              },
            ];
        }
      }),
    );
}
