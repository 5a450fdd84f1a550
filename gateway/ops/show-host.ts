// `show host NAME`: an address of a name, as the configured servers give it.

import { formatIp } from "@merlon/model/ip/address.ts";
import { text as textType } from "@merlon/model/schema/value.ts";
import { operation } from "./operation.ts";
import { output } from "./reply.ts";
import { resolveHost } from "./resolve-host.ts";

export interface ResolvedHost {
  readonly host: string;
  readonly address: string;
}

export const showHost = operation<ResolvedHost>({
  command: "show host",
  help: "Show an address of a name",
  parameters: [
    { word: "host", help: "A name", type: textType(253), positional: true, required: true },
    { word: "inet", help: "Only IPv4", group: "family" },
    { word: "inet6", help: "Only IPv6", group: "family" },
  ],
  run: async (gateway, input) => {
    const host = input["host"] as string;
    const family = input["inet"] === true ? 4 : input["inet6"] === true ? 6 : undefined;
    return { host, address: formatIp(await resolveHost(gateway, host, family)) };
  },
  text: sentence,
  rpc: { name: "get-host-information", reply: (data) => output(sentence(data)) },
});

function sentence({ host, address }: ResolvedHost): string {
  return `${host} has ${address.includes(":") ? "IPv6 " : ""}address ${address}\n`;
}
