// One run for all tests. Pure folders share their workers, because isolation would cost fourteen times their run time.
// Stories build network namespaces, so they run one file at a time and only inside `tools/setup/enclose.sh`.

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "units",
          include: ["**/*.test.ts"],
          exclude: ["**/node_modules/**", "**/*.story.test.ts"],
          isolate: false,
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
