// `show security alg status`: which protocols are followed so that their further connections may pass. None is here, and
// whoever wonders why a data connection of FTP is refused finds it said.

import { operation } from "./operation.ts";
import { field, reply } from "./reply.ts";

/** As the original lists them; the second word is the one of its reply. */
const gateways = [
  ["DNS", "dns"],
  ["FTP", "ftp"],
  ["H323", "h323"],
  ["MGCP", "mgcp"],
  ["MSRPC", "msrpc"],
  ["PPTP", "pptp"],
  ["RSH", "rsh"],
  ["RTSP", "rtsp"],
  ["SCCP", "sccp"],
  ["SIP", "sip"],
  ["SQL", "sql"],
  ["SUNRPC", "sunrpc"],
  ["TALK", "talk"],
  ["TFTP", "tftp"],
  ["IKE-ESP", "ike-esp-nat"],
  ["TWAMP", "twamp"],
] as const;

export interface AlgStatus {
  readonly algs: readonly { readonly name: string; readonly element: string; readonly enabled: boolean }[];
}

export const showSecurityAlgStatus = operation<AlgStatus>({
  command: "show security alg status",
  help: "Show which application-layer gateways there are",
  parameters: [],
  run: async () => ({ algs: gateways.map(([name, element]) => ({ name, element, enabled: false })) }),
  text: ({ algs }) =>
    `ALG Status:\n${algs.map(({ name, enabled }) => `  ${name.padEnd(8)} : ${stateOf(enabled)}\n`).join("")}`,
  rpc: {
    name: "get-alg-status",
    reply: ({ algs }) =>
      reply(
        "alg-status",
        "junos-alg",
        algs.flatMap(({ element, enabled }) => field(`alg-${element}-status`, stateOf(enabled)) ?? []),
      ),
  },
});

function stateOf(enabled: boolean): string {
  return enabled ? "Enabled" : "Disabled";
}
