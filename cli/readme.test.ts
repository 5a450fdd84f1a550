// The commands that the project's README shows for the `merlon` command, run as a user types them: through npx, in the
// checkout.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const run = promisify(execFile);
const checkout = join(import.meta.dirname, "..");

async function type(line: string): Promise<string> {
  const [program = "", ...words] = line.split(" ");
  return (await run(program, words, { cwd: checkout, maxBuffer: 16 * 1024 * 1024 })).stdout;
}

describe("the README's commands", () => {
  test.each([
    ["npx merlon config check lab/four-segments.conf", "configuration check succeeds\n"],
    ["npx merlon config convert --to set lab/four-segments.conf", "set system host-name four-segments\n"],
    [
      "npx merlon match lab/four-segments.conf --from-zone web --to-zone data --source 10.10.3.10 --destination 10.10.4.10 --protocol tcp --destination-port 5432",
      "denied by default-policy: no policy from-zone web to-zone data matched tcp/5432\n",
    ],
    ["npx merlon compile lab/four-segments.conf", "table inet merlon {\n"],
  ])("%s", async (line, expected) => {
    expect(await type(line)).toContain(expected);
  });
});
