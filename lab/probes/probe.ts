// What a client learns when it tries a service, and the frame in which every probe runs: a start, a time limit, one
// verdict. "Filtered" is silence until the limit, "refused" is a reset or an ICMP error; both are seen by real sockets.

import type { Family, ServiceName } from "../topology.ts";

export interface ProbeRequest {
  readonly service: ServiceName;
  readonly family: Family;
  readonly address: string;
  /** Who must answer. */
  readonly hostName: string;
  readonly timeoutMs: number;
}

export type Verdict = "open" | "refused" | "filtered" | "wrong-answer";

export interface ProbeResult {
  readonly verdict: Verdict;
  /** From the first packet to the verdict. */
  readonly latencyMs: number;
  /** The errno of a refusal, or what was wrong with the answer. */
  readonly detail?: string;
}

/** Thrown by a probe when the service answers something else than it must. */
export class WrongAnswer extends Error {
  override readonly name = "WrongAnswer";
}

/** Refusals as sockets report them: RST or port unreachable, and the ICMP codes for "prohibited" (net/ipv4/icmp.c). */
const refusals: ReadonlySet<string> = new Set(["ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "EACCES"]);

/**
 * Runs one attempt. `attempt` resolves when the right answer came, rejects with what came instead, and must let go of
 * its socket when the signal aborts.
 */
export async function runProbe(
  timeoutMs: number,
  attempt: (signal: AbortSignal) => Promise<void>,
): Promise<ProbeResult> {
  const startedMs = performance.now();
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  const ended = (verdict: Verdict, detail?: string): ProbeResult => ({
    verdict,
    latencyMs: performance.now() - startedMs,
    ...(detail === undefined ? {} : { detail }),
  });
  // An attempt that overlooks its signal must not hold up all the others.
  const late = new Promise<never>((_, reject) => {
    abort.signal.addEventListener("abort", () => reject(new Error("too late")), { once: true });
  });
  try {
    await Promise.race([attempt(abort.signal), late]);
    return ended("open");
  } catch (error) {
    if (abort.signal.aborted) return ended("filtered");
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (refusals.has(code)) return ended("refused", code);
    return ended("wrong-answer", error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}
