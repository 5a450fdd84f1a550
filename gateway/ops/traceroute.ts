// `traceroute`: which routers a packet passes on its way to a host, by echo requests that may pass one more each time.

import { formatIp, sameIp } from "@merlon/model/ip/address.ts";
import { integer } from "@merlon/model/schema/value.ts";
import type { XmlElement } from "@merlon/netconf/element.ts";
import type { Gateway } from "../gateway.ts";
import type { EchoSocket } from "../kernel/echo.ts";
import { operation } from "./operation.ts";
import type { Input } from "./operation.ts";
import { openProbe, probeParameters, probeTarget } from "./probe-options.ts";
import type { ProbeTarget } from "./probe-options.ts";
import { field, group, mark, reply } from "./reply.ts";

export interface TracerouteResults extends ProbeTarget {
  readonly hopsMax: number;
  readonly hops: readonly Hop[];
}

export interface Hop {
  readonly ttl: number;
  readonly probes: readonly (HopProbe | undefined)[];
  /** The way ends here: the host itself, or a router that knows no further. */
  readonly isLast: boolean;
}

export interface HopProbe {
  readonly from: string;
  readonly rttMs: number;
  readonly unreachable: boolean;
}

const probesPerHop = 3;
const hopsDefault = 30;
const waitSecondsDefault = 5;
const payloadBytes = 44;
/** What is on the wire with the headers of ICMP. */
const packetBytes = payloadBytes + 8;

export const traceroute = operation<TracerouteResults>({
  command: "traceroute",
  help: "Show the routers on the way to a host",
  parameters: [
    ...probeParameters,
    { word: "ttl", help: "Routers at most (30)", type: integer(1, 255) },
    { word: "wait", help: "Seconds to wait for each answer (5)", type: integer(1, 60) },
  ],
  run: async (gateway, input) => {
    const target = await probeTarget(gateway, input);
    const hops: Hop[] = [];
    for await (const hop of trace(gateway, input, target, new AbortController().signal)) hops.push(hop);
    return { ...target, hopsMax: hopsMaxOf(input), hops };
  },
  text: (results) => `${beginText(results, results.hopsMax)}${results.hops.map(hopText).join("")}`,
  async *stream(gateway, input, _, signal) {
    const target = await probeTarget(gateway, input);
    yield beginText(target, hopsMaxOf(input));
    for await (const hop of trace(gateway, input, target, signal)) yield hopText(hop);
  },
  rpc: { name: "traceroute", reply: replyOf },
});

function hopsMaxOf(input: Input): number {
  return (input["ttl"] as number | undefined) ?? hopsDefault;
}

async function* trace(gateway: Gateway, input: Input, target: ProbeTarget, signal: AbortSignal): AsyncGenerator<Hop> {
  using socket = await openProbe(gateway, input, target);
  const waitMs = ((input["wait"] as number | undefined) ?? waitSecondsDefault) * 1000;
  let sequence = 0;
  for (let ttl = 1; ttl <= hopsMaxOf(input) && !signal.aborted; ttl++) {
    const probes: (HopProbe | undefined)[] = [];
    let isLast = false;
    for (let probe = 0; probe < probesPerHop && !signal.aborted; probe++) {
      const answer = await ask(gateway, socket, { target, ttl, sequence: sequence++, waitMs });
      if (answer !== undefined) isLast ||= answer.isLast;
      probes.push(answer);
    }
    yield { ttl, probes, isLast };
    if (isLast) return;
  }
}

interface Question {
  readonly target: ProbeTarget;
  readonly ttl: number;
  readonly sequence: number;
  readonly waitMs: number;
}

async function ask(
  { clocks }: Gateway,
  socket: EchoSocket,
  { target: { address }, ttl, sequence, waitMs }: Question,
): Promise<(HopProbe & { readonly isLast: boolean }) | undefined> {
  const sent = clocks.monotonicMs();
  socket.send({ destination: address, sequence, ttl, payload: new Uint8Array(payloadBytes) });
  for (;;) {
    const leftMs = sent + waitMs - clocks.monotonicMs();
    const answer = leftMs <= 0 ? undefined : await socket.receive(leftMs);
    if (answer === undefined) return undefined;
    // An answer to an earlier probe is late, and its star stands already.
    if (answer.sequence !== sequence) continue;
    const { from, kind } = answer;
    return {
      from: formatIp(from),
      rttMs: clocks.monotonicMs() - sent,
      unreachable: kind === "unreachable",
      isLast: kind !== "time-exceeded" || sameIp(from, address),
    };
  }
}

function beginText({ host, addressText }: ProbeTarget, hopsMax: number): string {
  return `traceroute to ${host} (${addressText}), ${hopsMax} hops max, ${packetBytes} byte packets\n`;
}

/** A router's address stands before its first time; a star is a probe without an answer. */
function hopText({ ttl, probes }: Hop): string {
  let last: string | undefined;
  const parts = probes.map((probe) => {
    if (probe === undefined) return "*";
    const name = probe.from === last ? "" : `${probe.from} (${probe.from})  `;
    last = probe.from;
    return `${name}${probe.rttMs.toFixed(3)} ms${probe.unreachable ? " !H" : ""}`;
  });
  return `${String(ttl).padStart(2)}  ${parts.join("  ")}\n`;
}

function replyOf({ host, addressText, hopsMax, hops }: TracerouteResults): XmlElement {
  return reply(
    "traceroute-results",
    "junos-probe-tests",
    field("target-host", host),
    field("target-ip", addressText),
    field("max-hop-index", hopsMax),
    field("packet-size", packetBytes),
    hops.map(({ ttl, probes }) =>
      group(
        "hop",
        field("ttl-value", ttl),
        field("last-ip-address", probes.findLast((probe) => probe !== undefined)?.from),
        probes.map((probe, index) =>
          group(
            "probe-result",
            field("probe-index", index + 1),
            mark(probe === undefined ? "probe-failure" : "probe-success"),
            field("ip-address", probe?.from),
            field("rtt", probe === undefined ? undefined : Math.round(probe.rttMs * 1000)),
          ),
        ),
      ),
    ),
    mark(hops.at(-1)?.isLast === true ? "traceroute-success" : "traceroute-failure"),
  );
}
