// Only what nobody owns any more is taken away.

import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ownState, statePrefix, sweepStates } from "./sweep-states.ts";

/** A process that owns the folder and is killed. */
const dying = `
  const { ownState } = await import(process.argv[1]);
  await ownState(process.argv[2]);
  process.kill(process.pid, "SIGKILL");
`;

test("folders of the living, and of others, stay", async () => {
  const folder = await mkdtemp(join(tmpdir(), "merlon-sweep-"));
  try {
    const path = (name: string): string => `${statePrefix(folder)}${name}`;
    for (const name of ["living", "dead", "damaged", "new"]) await mkdir(path(name));
    using owned = await ownState(path("living"));
    const module = join(import.meta.dirname, "sweep-states.ts");
    const killed = spawnSync(process.execPath, ["--input-type=module", "-e", dying, module, path("dead")]);
    expect(killed.signal).toBe("SIGKILL");
    expect(await readdir(path("dead"))).toEqual(["owner.sock"]);
    await writeFile(join(path("damaged"), "owner.sock"), "");
    await mkdir(join(folder, "something-else"));
    await sweepStates(folder);
    const left = (await readdir(folder)).map((name) => name.replace("merlon-scratch-", ""));
    expect(left.toSorted()).toEqual(["living", "new", "something-else"]);
    owned[Symbol.dispose]();
  } finally {
    await rm(folder, { recursive: true });
  }
});
