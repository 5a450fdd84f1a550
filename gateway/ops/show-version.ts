// `show version`: which Merlon this is and what it enforces. Tools of the original read the release out of it, so it says
// whose grammar and replies it speaks, and who it is.

import packageJson from "../package.json" with { type: "json" };
import { operation } from "./operation.ts";
import { field, group, junosRelease, reply } from "./reply.ts";

export interface Version {
  readonly hostName: string;
  readonly version: string;
  readonly revision: number;
  readonly startedAtMs: number;
  readonly kernel: string;
}

export const productModel = "merlon";
/** What tools are told: by the model they decide which statements and requests a device may be asked for. */
export const productModelForTools = "vsrx-merlon";
export const osNameForTools = "junos";

/** In the form that tools take apart: release, then what is ours. */
export function releaseText(version: string): string {
  return `${junosRelease}-M${version}`;
}

export const ownVersion: string = packageJson.version;

export const showVersion = operation<Version>({
  command: "show version",
  help: "Show the version of this gateway",
  parameters: [
    { word: "brief", help: "As without it", group: "level" },
    { word: "detail", help: "As without it", group: "level" },
  ],
  run: async (gateway) => ({
    hostName: gateway.hostName,
    version: ownVersion,
    revision: gateway.running?.revision ?? 0,
    startedAtMs: gateway.startedAtMs,
    kernel: (await gateway.kernel.readHost()).kernelRelease,
  }),
  text: ({ hostName, version, revision, kernel }) =>
    `Hostname: ${hostName}\n` +
    `Model: ${productModel}\n` +
    `Family: junos-es\n` +
    `Junos: ${releaseText(version)}\n` +
    `Merlon: ${version}\n` +
    `Linux kernel: ${kernel}\n` +
    `Revision in force: ${revision}\n`,
  rpc: {
    name: "get-software-information",
    reply: ({ hostName, version, kernel }) =>
      reply(
        "software-information",
        "junos",
        field("host-name", hostName),
        field("product-model", productModelForTools),
        field("product-name", productModelForTools),
        field("os-name", osNameForTools),
        field("junos-version", releaseText(version)),
        field("kernel-version", kernel),
        group("package-information", field("name", "merlon"), field("comment", `Merlon [${version}]`)),
      ),
  },
});
