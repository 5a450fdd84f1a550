// A run of echo requests: one after the other at even times, and everything that is said about them as it comes.

import { setTimeout as sleep } from "node:timers/promises";
import { formatIp } from "@merlon/model/ip/address.ts";
import type { Gateway } from "../gateway.ts";
import type { EchoAnswer, EchoSocket } from "../kernel/echo.ts";
import { KernelFailure } from "../kernel/kernel.ts";
import type { Input } from "./operation.ts";
import { openProbe, probeTarget } from "./probe-options.ts";
import type { ProbeTarget } from "./probe-options.ts";

export interface PingAnswer {
  readonly kind: EchoAnswer["kind"];
  readonly from: string;
  readonly sequence: number;
  readonly lengthBytes: number;
  readonly ttl?: number;
  readonly rttMs: number;
}

export type PingEvent =
  | { readonly kind: "begin"; readonly target: ProbeTarget; readonly payloadBytes: number }
  | { readonly kind: "sent"; readonly sequence: number }
  | { readonly kind: "answer"; readonly answer: PingAnswer }
  | { readonly kind: "not-sent"; readonly why: string };

const rapidTimeoutMs = 500;

/** Goes on until the signal when no count is given. Throws `OperationRefused` and `KernelFailure`. */
export async function* pingEvents(gateway: Gateway, input: Input, signal: AbortSignal): AsyncGenerator<PingEvent> {
  const target = await probeTarget(gateway, input);
  const payloadBytes = (input["size"] as number | undefined) ?? 56;
  const count = (input["count"] as number | undefined) ?? Infinity;
  const ttl = (input["ttl"] as number | undefined) ?? 64;
  using socket = await openProbe(gateway, input, target);
  yield { kind: "begin", target, payloadBytes };
  const clock = gateway.clocks.monotonicMs;
  const aborted = abortOf(signal);
  const sentAt = new Map<number, number>();
  const payload = Uint8Array.from({ length: payloadBytes }, (_, at) => at & 0xff);
  for (let sequence = 0; sequence < count && !signal.aborted; sequence++) {
    const begun = clock();
    try {
      socket.send({ destination: target.address, sequence: sequence & 0xffff, ttl, payload });
      sentAt.set(sequence & 0xffff, begun);
      yield { kind: "sent", sequence };
    } catch (error) {
      if (!(error instanceof KernelFailure)) throw error;
      yield { kind: "not-sent", why: error.message };
    }
    const waitMs = waitAfter(input, sequence + 1 >= count);
    yield* answers(socket, sentAt, {
      clock,
      untilMs: begun + waitMs,
      signal,
      aborted,
      endEarly: input["rapid"] === true || sequence + 1 >= count,
    });
    if (input["rapid"] !== true && sequence + 1 < count)
      await sleep(Math.max(0, begun + waitMs - clock()), undefined, { signal }).catch(() => undefined);
  }
}

function waitAfter(input: Input, isLast: boolean): number {
  if (isLast) return ((input["wait"] as number | undefined) ?? 2) * 1000;
  return input["rapid"] === true ? rapidTimeoutMs : ((input["interval"] as number | undefined) ?? 1) * 1000;
}

function abortOf(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

interface Waiting {
  readonly clock: () => number;
  readonly untilMs: number;
  readonly signal: AbortSignal;
  readonly aborted: Promise<undefined>;
  /** Nothing is waited for when every request has its answer. */
  readonly endEarly: boolean;
}

async function* answers(
  socket: EchoSocket,
  sentAt: Map<number, number>,
  { clock, untilMs, signal, aborted, endEarly }: Waiting,
): AsyncGenerator<PingEvent> {
  while (!signal.aborted && !(endEarly && sentAt.size === 0)) {
    const leftMs = untilMs - clock();
    const found = leftMs <= 0 ? undefined : await Promise.race([socket.receive(leftMs), aborted]);
    if (found === undefined) break;
    const sent = sentAt.get(found.sequence);
    // An answer that comes twice, or after the numbers have gone round, says nothing about a request.
    if (sent === undefined) continue;
    sentAt.delete(found.sequence);
    const { kind, sequence, lengthBytes, ttl, from } = found;
    const rttMs = clock() - sent;
    yield {
      kind: "answer",
      answer: { kind, sequence, lengthBytes, rttMs, from: formatIp(from), ...(ttl === undefined ? {} : { ttl }) },
    };
  }
  if (sentAt.size > pendingMax) sentAt.clear();
}

/** Requests that nobody answered are remembered for a while: their answers may be late. */
const pendingMax = 1_000;
