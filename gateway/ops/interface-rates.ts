// How fast the counters of interfaces rise: from two looks at them, and from the first one on.

import type { InterfaceFacts } from "./interface-facts.ts";

export interface InterfaceSample {
  /** Of a clock that never goes back. */
  readonly atMs: number;
  readonly interfaces: readonly InterfaceFacts[];
}

/** Of one second. */
export interface InterfaceRates {
  readonly receivedPackets: number;
  readonly receivedBits: number;
  readonly sentPackets: number;
  readonly sentBits: number;
}

export type CounterName = keyof InterfaceFacts["statistics"];

const none: InterfaceRates = { receivedPackets: 0, receivedBits: 0, sentPackets: 0, sentBits: 0 };

/** Since the sample before; nothing for an interface that was not there then. */
export function ratesOf(now: InterfaceFacts, nowMs: number, before: InterfaceSample | undefined): InterfaceRates {
  const old = before?.interfaces.find(({ name }) => name === now.name);
  const seconds = (nowMs - (before?.atMs ?? nowMs)) / 1000;
  if (old === undefined || seconds <= 0) return none;
  const rate = (counter: CounterName): number => risen(now, old, counter) / seconds;
  return {
    receivedPackets: rate("receivedPackets"),
    receivedBits: rate("receivedBytes") * 8,
    sentPackets: rate("sentPackets"),
    sentBits: rate("sentBytes") * 8,
  };
}

/** A counter that is lower than before is that of a new device: all of it has come since. */
export function risen(now: InterfaceFacts, before: InterfaceFacts, counter: CounterName): number {
  const [count, old] = [now.statistics[counter] ?? 0, before.statistics[counter] ?? 0];
  return now.index !== before.index || count < old ? count : count - old;
}
