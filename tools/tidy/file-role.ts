// What a file is to the house, told from its path alone: which folder it belongs to, whether it is code, a test, or a
// program that somebody starts. Rules ask here, so that they agree.

/** The first folder of the path; empty for a file of the root. */
export function topFolder(path: string): string {
  const slash = path.indexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}

/** TypeScript and JavaScript; declarations are not code. */
export function isCode(path: string): boolean {
  return /\.(ts|tsx|mjs)$/.test(path) && !path.endsWith(".d.ts");
}

/** Tests, contract suites, and by their names the files that only tests use: fixtures, generators, recorded data. */
export function isTest(path: string): boolean {
  return (
    /\.(test|contract|fixture)\.tsx?$/.test(path) ||
    /(^|\/)(testing\/|(arbitrary|story|captured)-[^/]+\.ts$)/.test(path)
  );
}

/** Files that nobody imports because a person, npm, a tool or another process starts them. */
export function isEntry(path: string): boolean {
  return (
    /(^|[/-])main\.ts$/.test(path) ||
    path.endsWith(".config.ts") ||
    /^bench\/[^/]+\.ts$/.test(path) ||
    /^tools\/setup\/(start|test|check|bench)\.mjs$/.test(path) ||
    path === "tools/lockfile/complete-lockfile.mjs"
  );
}
