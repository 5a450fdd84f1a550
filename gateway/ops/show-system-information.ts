// `show system information`: who this is, for tools that ask before they do anything else.

import { operation } from "./operation.ts";
import { field, reply } from "./reply.ts";
import { osNameForTools, ownVersion, productModel, productModelForTools, releaseText } from "./show-version.ts";

export interface SystemInformation {
  readonly hardwareModel: string;
  readonly osName: string;
  readonly osVersion: string;
  readonly hostName: string;
}

export const showSystemInformation = operation<SystemInformation>({
  command: "show system information",
  help: "Show model, release and name of this gateway",
  parameters: [],
  run: async ({ hostName }) => ({
    hardwareModel: productModelForTools,
    osName: osNameForTools,
    osVersion: releaseText(ownVersion),
    hostName,
  }),
  text: ({ osName, osVersion, hostName }) =>
    `Model: ${productModel}\nFamily: ${osName}-es\nJunos: ${osVersion}\nHostname: ${hostName}\n`,
  rpc: {
    name: "get-system-information",
    reply: ({ hardwareModel, osName, osVersion, hostName }) =>
      reply(
        "system-information",
        "junos",
        field("hardware-model", hardwareModel),
        field("os-name", osName),
        field("os-version", osVersion),
        field("host-name", hostName),
      ),
  },
});
