// The frame of every probe: which ending becomes which verdict, and that nothing outlasts the limit.

import { describe, expect, test } from "vitest";
import { runProbe, WrongAnswer } from "./probe.ts";

const failing = (code: string) => async () => {
  throw Object.assign(new Error(`connect ${code}`), { code });
};

describe("runProbe", () => {
  test("is open when the attempt comes to its end", async () => {
    expect(await runProbe(1_000, async () => undefined)).toEqual({ verdict: "open", latencyMs: expect.any(Number) });
  });

  test.each(["ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "EACCES"])(
    "is refused on %s, with the errno",
    async (code) => {
      expect(await runProbe(1_000, failing(code))).toMatchObject({ verdict: "refused", detail: code });
    },
  );

  test.each(["ENETUNREACH", "EADDRNOTAVAIL", "EMFILE", "ERR_INVALID_ARG_VALUE"])(
    "does not take our own trouble %s for a refusal",
    async (code) => {
      expect(await runProbe(1_000, failing(code))).toMatchObject({
        verdict: "wrong-answer",
        detail: `connect ${code}`,
      });
    },
  );

  test("has the words of a wrong answer, and of anything else that is thrown", async () => {
    const wrong = async () => Promise.reject(new WrongAnswer("answered nonsense"));
    expect(await runProbe(1_000, wrong)).toMatchObject({ verdict: "wrong-answer", detail: "answered nonsense" });
    // oxlint-disable-next-line prefer-promise-reject-errors
    expect(await runProbe(1_000, () => Promise.reject("a text"))).toMatchObject({ detail: "a text" });
  });

  test("is filtered when the limit comes first, whether the attempt minds the signal or not", async () => {
    const minding = (signal: AbortSignal) =>
      new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(new Error("closed"))));
    for (const attempt of [minding, () => new Promise<void>(() => undefined)]) {
      const result = await runProbe(30, attempt);
      expect(result.verdict).toBe("filtered");
      expect(result.latencyMs).toBeGreaterThanOrEqual(29);
      expect(result.latencyMs).toBeLessThan(2_000);
    }
  });

  test("tells the attempt to let go in every case", async () => {
    const signals: AbortSignal[] = [];
    const keep = (then: () => Promise<void>) => (signal: AbortSignal) => {
      signals.push(signal);
      return then();
    };
    await runProbe(
      1_000,
      keep(async () => undefined),
    );
    await runProbe(1_000, keep(failing("ECONNREFUSED")));
    await runProbe(
      10,
      keep(() => new Promise(() => undefined)),
    );
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
  });
});
