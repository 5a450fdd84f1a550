// Neighbors of the links with the names of the configuration, and those among them that a command names.

import { formatIp } from "@merlon/model/ip/address.ts";
import { text } from "@merlon/model/schema/value.ts";
import type { Gateway } from "../gateway.ts";
import type { KernelNeighbor } from "../kernel/kernel.ts";
import { deviceOf, logicalNames } from "./interface-names.ts";
import { operation, OperationRefused } from "./operation.ts";
import type { AnyOperation, Input, Parameter } from "./operation.ts";
import { field, reply } from "./reply.ts";
import { interfacePattern } from "./show-interfaces.ts";

export interface NeighborFacts {
  readonly address: string;
  readonly macAddress: string;
  readonly interface: string;
  readonly state: KernelNeighbor["state"];
  readonly isRouter: boolean;
  readonly confirmedSeconds: number;
}

export function neighborParameters(hostWord: string): readonly Parameter[] {
  return [
    { word: hostWord, help: "Only this address", type: text(64) },
    { word: "interface", help: "Only on this interface", type: interfacePattern },
  ];
}

export async function neighborFacts(
  gateway: Gateway,
  family: 4 | 6,
  input: Input,
  hostWord: string,
): Promise<readonly NeighborFacts[]> {
  const nameOf = logicalNames(gateway.running?.prepared.ir);
  const found = await wantedNeighbors(gateway, family, input, hostWord);
  return found
    .toSorted((a, b) => (BigInt(a.address.value) < BigInt(b.address.value) ? -1 : 1))
    .map(({ device, address, ...rest }) => ({ ...rest, address: formatIp(address), interface: nameOf(device) }));
}

async function wantedNeighbors(
  gateway: Gateway,
  family: 4 | 6,
  input: Input,
  hostWord: string,
): Promise<readonly KernelNeighbor[]> {
  const { interface: port, [hostWord]: host } = input;
  const device = port === undefined ? undefined : deviceOf(gateway, port as string);
  const all = await gateway.kernel.readNeighbors();
  return all.filter(
    (it) =>
      it.address.family === family &&
      (device ?? it.device) === it.device &&
      (host === undefined || formatIp(it.address) === host),
  );
}

export interface ClearCommand {
  readonly command: string;
  readonly help: string;
  readonly rpcName: string;
  readonly replyName: string;
  readonly family: 4 | 6;
  readonly hostWord: string;
  /** The command that needs no name clears everything. */
  readonly all: boolean;
}

/** `clear arp` and `clear ipv6 neighbors`: what is forgotten is asked for again when it is needed. */
export function clearNeighbors({
  command,
  help,
  rpcName,
  replyName,
  family,
  hostWord,
  all,
}: ClearCommand): AnyOperation {
  return operation<{ readonly cleared: readonly string[] }>({
    command,
    help,
    parameters: all ? [] : neighborParameters(hostWord),
    run: async (gateway, input) => {
      const found = (await wantedNeighbors(gateway, family, input, hostWord)).filter(
        ({ state }) => state !== "permanent",
      );
      const host = input[hostWord];
      if (host !== undefined && found.length === 0)
        throw new OperationRefused(`there is no entry for ${host as string}`);
      await gateway.kernel.deleteNeighbors(found);
      return { cleared: found.map(({ address }) => formatIp(address)) };
    },
    text: ({ cleared }) => cleared.map((address) => `${address.padEnd(15)} deleted\n`).join(""),
    rpc: {
      name: rpcName,
      reply: ({ cleared }) =>
        reply(
          replyName,
          "junos-arp",
          cleared.map((address) => field("result", `${address} deleted`)).filter((it) => it !== undefined),
        ),
    },
  });
}
