// What the machine's own kernel may lack, on Debian's: all capabilities, the contract of every kernel, the fast path, by
// itself and beside translation, screens and wires, and VLANs. One guest is booted, and runs all of it once; each test here
// is one suite there.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { join } from "node:path";
import { enclosed } from "@merlon/gateway/kernel/story-watch.ts";
import { bundleStories } from "./bundle-stories.ts";
import { Guest } from "./guest.ts";
import { guestFiles } from "./guest-files.ts";
import { guestHindrance } from "./guest-hindrance.ts";
import { findGuestKernel } from "./guest-kernel.ts";

const root = join(import.meta.dirname, "../..");
const kernel = findGuestKernel(root);
/** A busy machine takes several times as long as a calm one, which needs 40 s. */
const runTimeoutMs = 500_000;

interface Report {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

const hindered = enclosed ? guestHindrance(kernel) : "runs in tools/setup/enclose.sh";

describe.skipIf(hindered !== undefined)(
  `a guest with Debian's kernel${hindered ? ` (skipped: ${hindered})` : ""}`,
  () => {
    let guest: Guest;
    let report: Report;

    beforeAll(async () => {
      if (kernel === undefined) return;
      const stories = new Map([["stories.test.js", await bundleStories()]]);
      guest = await Guest.boot(kernel, guestFiles(root, kernel, stories));
      const vitest = [
        "node node_modules/vitest/vitest.mjs run --reporter=json --outputFile=/tmp/report.json",
        "--experimental.viteModuleRunner=false --pool=threads --maxWorkers=1 --no-isolate --no-cache",
        "--testTimeout=200000 --hookTimeout=200000",
      ].join(" ");
      const { output } = await guest.run(
        `${vitest} >/tmp/printed 2>&1; cat /tmp/report.json || cat /tmp/printed`,
        runTimeoutMs,
      );
      report = parseReport(output);
    }, runTimeoutMs);
    afterAll(() => guest?.[Symbol.asyncDispose]());

    test.each([
      ["the capabilities", 1],
      ["the contract of a kernel", 35],
      ["a full table", 1],
      ["the fast path", 6],
      ["the fast path beside other services", 7],
      ["VLANs", 3],
    ])("%s", (suite, testCountMin) => {
      const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
      const ours = tests.filter(({ ancestorTitles }) => ancestorTitles.includes(suite));
      const failed = ours.filter(({ status }) => status !== "passed");
      const told = failed.map(
        ({ title, status, failureMessages }) => `${title}: ${status}\n${failureMessages.join("\n")}`,
      );
      expect(told.join("\n\n"), report.testResults.map(({ message }) => message).join("\n")).toBe("");
      expect(ours.length).toBeGreaterThanOrEqual(testCountMin);
    });
  },
);

function parseReport(text: string): Report {
  try {
    return JSON.parse(text) as Report;
  } catch (cause) {
    throw new Error(`the guest printed no report:\n${text.slice(-8_192)}`, { cause });
  }
}
