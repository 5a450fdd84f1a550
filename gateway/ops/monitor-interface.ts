// `monitor interface traffic` and `monitor interface NAME`: counters and how fast they rise, looked at again every second
// until the reader ends it.

import { setTimeout as sleep } from "node:timers/promises";
import type { Gateway } from "../gateway.ts";
import { interfaceFacts } from "./interface-facts.ts";
import type { InterfaceFacts } from "./interface-facts.ts";
import { interfacePicture, trafficPicture } from "./interface-monitor-text.ts";
import type { MonitorPicture } from "./interface-monitor-text.ts";
import type { InterfaceSample } from "./interface-rates.ts";
import { refuseEndless } from "./monitor-events.ts";
import { operation, OperationRefused } from "./operation.ts";
import { interfacePattern } from "./show-interfaces.ts";

const everyMs = 1_000;

export const monitorInterfaceTraffic = operation<never>({
  command: "monitor interface traffic",
  help: "Watch the traffic of all interfaces",
  parameters: [],
  draws: true,
  run: async () => refuseEndless(),
  text: () => "",
  stream: (gateway, _input, _caller, signal) =>
    monitorInterfaces(gateway, { everyMs, signal, wanted: () => true, print: trafficPicture }),
});

export const monitorInterface = operation<never>({
  command: "monitor interface",
  help: "Watch the counters of an interface",
  parameters: [
    { word: "interface-name", help: "This interface", type: interfacePattern, positional: true, required: true },
  ],
  draws: true,
  check: async (gateway, input) => {
    const name = input["interface-name"] as string;
    if (!(await interfaceFacts(gateway)).some(named(name))) throw new OperationRefused(`device ${name} not found`);
  },
  run: async () => refuseEndless(),
  text: () => "",
  stream: (gateway, input, _caller, signal) =>
    monitorInterfaces(gateway, {
      everyMs,
      signal,
      wanted: named(input["interface-name"] as string),
      print: interfacePicture,
    }),
});

/** The port, its unit or its device. */
function named(typed: string): (it: InterfaceFacts) => boolean {
  return ({ name, device, unit }) => name === typed || unit.name === typed || device === typed;
}

export interface MonitorOptions {
  readonly everyMs: number;
  readonly signal: AbortSignal;
  readonly wanted: (it: InterfaceFacts) => boolean;
  readonly print: (picture: MonitorPicture) => string;
}

export async function* monitorInterfaces(
  gateway: Gateway,
  { everyMs, signal, wanted, print }: MonitorOptions,
): AsyncGenerator<string> {
  let first: InterfaceSample | undefined;
  let before: InterfaceSample | undefined;
  while (!signal.aborted) {
    const interfaces = (await interfaceFacts(gateway)).filter(wanted);
    const now = { atMs: gateway.clocks.monotonicMs(), interfaces };
    first ??= now;
    const { hostName } = gateway;
    yield print({ hostName, wallMs: gateway.nowMs(), first, now, ...(before !== undefined && { before }) });
    before = now;
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
