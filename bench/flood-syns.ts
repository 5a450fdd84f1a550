// Sends SYNs with spoofed sources from a host of the bench as fast as it can, until it is ended: HOST MAC DESTINATION PORT.
// The frames are made once, for sources of 172.16.0.0/12; sending them is all that is left to do.

import { buildFrame, tcpFlags } from "@merlon/lab/frames.ts";
import { inNetwork } from "@merlon/lab/network-namespace.ts";
import { PacketSocket } from "@merlon/lab/packet-socket.ts";
import { formatIpv4 } from "@merlon/model/ip/address.ts";
import { hostDevice } from "./bench-network.ts";

const sourceFirst = 0xac10_0000;
const sourceCount = 65_536;
const framesPerTurn = 4_096;

const [host = "", destinationMac = "", destination = "", port = "80"] = process.argv.slice(2);
const frames = Array.from({ length: sourceCount }, (_, at) =>
  buildFrame({
    sourceMac: "02:00:00:00:01:00",
    destinationMac,
    source: formatIpv4(sourceFirst + at),
    destination,
    content: {
      kind: "tcp",
      sourcePort: 1_024 + (at % 60_000),
      destinationPort: Number(port),
      sequence: at,
      acknowledgement: 0,
      flags: tcpFlags.syn,
      payload: new Uint8Array(),
    },
  }),
);
const socket = inNetwork(host, () => PacketSocket.open(hostDevice, { receives: false }));
process.stdout.write("ready\n");
let sent = 0;
process.on("SIGTERM", () => {
  process.stdout.write(`${sent}\n`);
  process.exit(0);
});

/** A turn of the loop between the calls, so that the signal is heard. */
function flood(from: number): void {
  sent += socket.send(frames.slice(from, from + framesPerTurn));
  setImmediate(() => flood((from + framesPerTurn) % sourceCount));
}

flood(0);
