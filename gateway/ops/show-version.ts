// `show version`: which Merlon this is and what it enforces.

import packageJson from "../package.json" with { type: "json" };
import { operation } from "./operation.ts";

export interface Version {
  readonly hostName: string;
  readonly version: string;
  readonly revision: number;
  readonly startedAtMs: number;
}

export const showVersion = operation<Version>({
  command: "show version",
  help: "Show the version of this gateway",
  parameters: [],
  run: async (gateway) => ({
    hostName: gateway.hostName,
    version: packageJson.version,
    revision: gateway.running?.revision ?? 0,
    startedAtMs: gateway.startedAtMs,
  }),
  text: ({ hostName, version, revision }) =>
    `Hostname: ${hostName}\nMerlon: ${version}\nRevision in force: ${revision}\n`,
});
