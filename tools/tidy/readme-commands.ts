// Every command in the README is run by a test, because a README that lies is worse than none. The table says where each
// is run; a command without a row, and a row whose place does not run it, are findings.

import type { Finding } from "./finding.ts";
import type { SourceTree } from "./source-tree.ts";

const readme = "README.md";

interface ProvenCommand {
  readonly command: string;
  /** The file that runs it, and the text in it that does. */
  readonly file: string;
  readonly text: string;
}

export const provenCommands: readonly ProvenCommand[] = [
  { command: "npm start", file: "tools/setup/start.test.ts", text: '"start"' },
  { command: "npm start -- --check", file: ".ci/run", text: "npm start -- --check" },
  { command: "npm test", file: ".ci/run", text: "npm test" },
  { command: "npm test -- junos", file: "tools/setup/start.test.ts", text: '"test"' },
  { command: "npm run check", file: ".ci/run", text: "npm run check" },
  ...[
    "npx merlon config check lab/four-segments.conf",
    "npx merlon config convert --to set lab/four-segments.conf",
    "npx merlon match lab/four-segments.conf --from-zone web --to-zone data --source 10.10.3.10 --destination 10.10.4.10 --protocol tcp --destination-port 5432",
    "npx merlon compile lab/four-segments.conf",
  ].map((command) => ({ command, file: "cli/readme.test.ts", text: command })),
  ...["npx merlon lab gateway --config lab/four-segments.conf", "MERLON_SOCKET=… npx merlon cli"].map((command) => ({
    command,
    file: "lab/scratch/scratch.story.test.ts",
    text: command,
  })),
];

/** Commands that only say how the user got here. */
const waysIn = /^(git clone |cd |sudo apt-get |sudo sysctl |sudo npm )/;

export function checkReadmeCommands(tree: SourceTree): readonly Finding[] {
  const file = tree.file(readme);
  if (file === undefined) return [{ file: readme, message: "is missing" }];
  const findings: Finding[] = [];
  const proven = new Set(provenCommands.map(({ command }) => command));
  for (const { command, line } of shellCommands(file.lines)) {
    if (waysIn.test(command) || proven.has(command)) continue;
    findings.push({
      file: readme,
      line,
      message: `no test runs "${command}"; add one, and a row in tools/tidy/readme-commands.ts`,
    });
  }
  for (const { command, file: place, text } of provenCommands) {
    if (tree.file(place)?.text.includes(text) !== true) {
      findings.push({ file: place, message: `should run "${command}" of the README, but does not contain ${text}` });
    }
  }
  return findings;
}

/** The lines of fenced `sh` blocks, without comments and prompts. */
export function shellCommands(
  lines: readonly string[],
): readonly { readonly command: string; readonly line: number }[] {
  let inside = false;
  return lines.flatMap((text, index) => {
    if (text.trim().startsWith("```")) {
      inside = !inside && /^```(sh|bash|console)$/.test(text.trim());
      return [];
    }
    const command = text
      .replace(/\s+#.*$/, "")
      .replace(/^\$ /, "")
      .trim();
    return inside && command !== "" && !command.startsWith("#") ? [{ command, line: index + 1 }] : [];
  });
}
