// The client side of HTTP: one GET on a connection of its own; the answer must be the host's name.

import { request } from "node:http";
import { servicePorts } from "../topology.ts";
import { runProbe, WrongAnswer } from "./probe.ts";
import type { ProbeRequest, ProbeResult } from "./probe.ts";

const bodySizeBytesMax = 1_024;

export function probeHttp(probe: ProbeRequest, port: number = servicePorts.http.port): Promise<ProbeResult> {
  return runProbe(probe.timeoutMs, async (signal) => {
    const body = await get(probe.address, port, signal);
    if (body !== `${probe.hostName}\n`) throw new WrongAnswer(`answered ${JSON.stringify(body.slice(0, 40))}`);
  });
}

function get(host: string, port: number, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host, port, agent: false, signal }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        body += text;
        if (body.length > bodySizeBytesMax) outgoing.destroy(new WrongAnswer("answered more than a name"));
      });
      response.on("error", reject);
      response.on("end", () => resolve(body));
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}
