// One run for all tests. Pure folders share their workers, because isolation would cost fourteen times their run time.
// Stories build network namespaces, so they run one file at a time and only inside `tools/setup/enclose.sh`.

import { defineConfig } from "vitest/config";
import { TotalsReporter } from "./tools/vitest/totals-reporter.ts";

export default defineConfig({
  test: {
    // Vitest would leave one of two cores idle.
    maxWorkers: "100%",
    reporters: ["default", new TotalsReporter()],
    projects: [
      {
        test: {
          name: "units",
          include: ["**/*.test.ts"],
          exclude: ["**/node_modules/**", "**/*.story.test.ts"],
          isolate: false,
          // Laws take seconds on a busy machine; a test that hangs is still found.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "stories",
          include: ["**/*.story.test.ts"],
          exclude: ["**/node_modules/**"],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
