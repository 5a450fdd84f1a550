// What `ping` has found out, as the original prints it and as the reply of its RPC.

import type { XmlElement } from "@merlon/netconf/element.ts";
import type { PingAnswer, PingEvent } from "./ping-run.ts";
import type { ProbeTarget } from "./probe-options.ts";
import { field, group, mark, reply } from "./reply.ts";

export interface PingResults extends ProbeTarget {
  readonly rapid: boolean;
  readonly payloadBytes: number;
  readonly figures: PingFigures;
  readonly answers: readonly PingAnswer[];
}

/** Of a run that may be endless: sums, and no answers. */
export interface PingFigures {
  readonly sentCount: number;
  readonly repliedCount: number;
  readonly leastMs: number;
  readonly mostMs: number;
  readonly sumMs: number;
  readonly sumOfSquares: number;
}

export const noFigures: PingFigures = {
  sentCount: 0,
  repliedCount: 0,
  leastMs: Infinity,
  mostMs: 0,
  sumMs: 0,
  sumOfSquares: 0,
};

export function counted(figures: PingFigures, event: PingEvent): PingFigures {
  if (event.kind === "sent") return { ...figures, sentCount: figures.sentCount + 1 };
  if (event.kind !== "answer" || event.answer.kind !== "reply") return figures;
  const { rttMs } = event.answer;
  return {
    ...figures,
    repliedCount: figures.repliedCount + 1,
    leastMs: Math.min(figures.leastMs, rttMs),
    mostMs: Math.max(figures.mostMs, rttMs),
    sumMs: figures.sumMs + rttMs,
    sumOfSquares: figures.sumOfSquares + rttMs ** 2,
  };
}

export function beginText({ host, addressText }: ProbeTarget, payloadBytes: number): string {
  return `PING ${host} (${addressText}): ${payloadBytes} data bytes\n`;
}

export function answerText({ kind, from, sequence, lengthBytes, ttl, rttMs }: PingAnswer): string {
  const isIpv6 = from.includes(":");
  const head = `${lengthBytes} bytes from ${from}${isIpv6 ? "," : ":"}`;
  const hops = ttl === undefined ? "" : isIpv6 ? ` hlim=${ttl}` : ` ttl=${ttl}`;
  switch (kind) {
    case "reply":
      return `${head} icmp_seq=${sequence}${hops} time=${rttMs.toFixed(3)} ms\n`;
    case "time-exceeded":
      return `${head} Time to live exceeded (icmp_seq=${sequence})\n`;
    case "unreachable":
      return `${head} Destination unreachable (icmp_seq=${sequence})\n`;
    case "too-big":
      return `${head} frag needed and DF set (icmp_seq=${sequence})\n`;
  }
}

/** A mark for each request. */
export function rapidText({ answers, figures }: PingResults): string {
  const marks = new Map(answers.map(({ sequence, kind }) => [sequence, kind === "reply" ? "!" : "x"]));
  return Array.from({ length: figures.sentCount }, (_, sequence) => marks.get(sequence) ?? ".").join("");
}

export function summaryText(host: string, figures: PingFigures): string {
  const { sentCount, repliedCount } = figures;
  const times = timesOf(figures);
  const line = `${sentCount} packets transmitted, ${repliedCount} packets received, ${lossPercent(figures)}% packet loss\n`;
  const round = times && `round-trip min/avg/max/stddev = ${times.map((ms) => ms.toFixed(3)).join("/")} ms\n`;
  return `\n--- ${host} ping statistics ---\n${line}${round ?? ""}`;
}

function lossPercent({ sentCount, repliedCount }: PingFigures): number {
  return sentCount === 0 ? 0 : Math.round(((sentCount - repliedCount) * 100) / sentCount);
}

/** Smallest, mean, largest time and its deviation, milliseconds; undefined without an answer. */
function timesOf({ repliedCount, leastMs, mostMs, sumMs, sumOfSquares }: PingFigures): readonly number[] | undefined {
  if (repliedCount === 0) return undefined;
  const mean = sumMs / repliedCount;
  return [leastMs, mean, mostMs, Math.sqrt(Math.max(0, sumOfSquares / repliedCount - mean ** 2))];
}

export function pingReply({ host, addressText, payloadBytes, figures, answers }: PingResults): XmlElement {
  const times = timesOf(figures);
  /** Microseconds. */
  const micro = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : Math.round(ms * 1000));
  return reply(
    "ping-results",
    "junos-probe-tests",
    field("target-host", host),
    field("target-ip", addressText),
    field("packet-size", payloadBytes),
    answers.map((answer, index) =>
      group(
        "probe-result",
        field("probe-index", index + 1),
        mark(answer.kind === "reply" ? "probe-success" : "probe-failure"),
        field("sequence-number", answer.sequence),
        field("ip-address", answer.from),
        field("time-to-live", answer.ttl),
        field("response-size", answer.lengthBytes),
        field("rtt", micro(answer.rttMs)),
      ),
    ),
    group(
      "probe-results-summary",
      field("probes-sent", figures.sentCount),
      field("responses-received", figures.repliedCount),
      field("packet-loss", lossPercent(figures)),
      field("rtt-minimum", micro(times?.[0])),
      field("rtt-average", micro(times?.[1])),
      field("rtt-maximum", micro(times?.[2])),
      field("rtt-stddev", micro(times?.[3])),
    ),
    mark(figures.repliedCount > 0 ? "ping-success" : "ping-failure"),
  );
}
