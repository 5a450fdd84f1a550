// Sessions held to account on the machine's own kernel, where none is on a fast path: what was received is what was told
// of, and who says that sessions were fast is found out.

import { describe, expect, test } from "vitest";
import { CountedGateway } from "./counted-gateway.ts";
import { generateRuleSet } from "./generate-rule-set.ts";
import { preparePolicy } from "./prepare-policy.ts";
import { shapeNamed } from "./rule-set-shape.ts";
import { subjectNamed } from "./subjects.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const durationMs = 10;

describe.skipIf(!enclosed)("a counted gateway (needs tools/setup/enclose.sh)", () => {
  const policy = preparePolicy(generateRuleSet(10, shapeNamed("realistic"), 4));

  test.each(["merlon", "plain"])("%s is measured, again and again", async (name) => {
    await using gateway = await CountedGateway.start({ subject: subjectNamed(name), fast: false }, policy);
    for (let round = 0; round < 2; round++) {
      const sample = await gateway.sample(durationMs);
      expect(Object.keys(sample)).toEqual(["established-packets", "established-stream"]);
      for (const { value } of Object.values(sample)) expect(value).toBeGreaterThan(0);
    }
  });

  test("one that is not on the path it should be on is not measured", async () => {
    await using gateway = await CountedGateway.start({ subject: subjectNamed("merlon"), fast: true }, policy);
    await expect(gateway.sample(durationMs)).rejects.toThrow("Merlon had sessions off the fast path");
  });
});
