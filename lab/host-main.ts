// The thread of one host: enters the host's network namespace before it opens any socket, serves all services there and
// runs the probes it is asked for. It ends with the worker that holds it.

import { parentPort, workerData } from "node:worker_threads";
import type { HostReply, HostRequest } from "./host-message.ts";
import { enterNetwork } from "./network-namespace.ts";
import { probeDns } from "./probes/dns.ts";
import { probeHttp } from "./probes/http.ts";
import { probePing } from "./probes/ping.ts";
import { probePostgresql } from "./probes/postgresql.ts";
import type { ProbeRequest, ProbeResult } from "./probes/probe.ts";
import { startDns } from "./services/dns.ts";
import { startHttp } from "./services/http.ts";
import { startPostgresql } from "./services/postgresql.ts";
import { families, hostOf } from "./topology.ts";
import type { ServiceName } from "./topology.ts";

const probeOf: Readonly<Record<ServiceName, (probe: ProbeRequest) => Promise<ProbeResult>>> = {
  http: (probe) => probeHttp(probe),
  postgresql: (probe) => probePostgresql(probe),
  dns: (probe) => probeDns(probe),
  ping: probePing,
};

const port = parentPort;
if (port === null) throw new Error("host-main.ts is the body of a worker thread; lab/host.ts starts it");

const host = hostOf(String(workerData));
enterNetwork(host.name);
await Promise.all([
  startHttp(host.name),
  startPostgresql(host.name),
  startDns(
    host.name,
    families.map((family) => host.addresses[family]),
  ),
]);

port.on("message", (request: HostRequest) => {
  void Promise.all(request.probes.map((probe) => probeOf[probe.service](probe))).then((results) =>
    port.postMessage({ kind: "probed", id: request.id, results } satisfies HostReply),
  );
});
port.postMessage({ kind: "ready" } satisfies HostReply);
