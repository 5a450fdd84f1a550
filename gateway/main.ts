// The gateway process: `node gateway/main.mjs run --config FILE --state DIR`. Prints one JSON line (api.ts `ReadyLine`)
// when the policy is in force; everything for people goes to standard error. Exit codes: 0 after a clean stop, 1 when
// the gateway could not start (the kernel then enforces what it did before), 2 for a wrong command line.

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { ClusterNode } from "@merlon/junos/group-conditions.ts";
import type { InitialConfiguration } from "./boot.ts";
import type { ServiceSockets } from "./serve/ways-in.ts";

const usage = `Merlon gateway: enforces a zone policy in the kernel of this network namespace.

usage: node gateway/main.mjs run --state DIR [--config FILE] [--node node0|node1] [--sockets NAME=FD,...]
       node gateway/main.mjs cli [--socket PATH] [LINE ...]

  --state DIR    where revisions, logs and the local socket stand; made when missing
  --config FILE  the initial configuration, used when nothing was ever committed in DIR
  --node NODE    which node of a cluster this gateway is: what apply-groups "\${node}" applies; none by default
  --sockets LIST sockets that were bound already, by descriptor: ssh=3,netconf=4,http=5. Their services are served there,
                 whatever the configuration says of ports
  --help         this text

The last committed configuration in DIR is enforced at every start. Change it through the socket DIR/merlon.sock.
SIGTERM or SIGINT stop the process; the kernel goes on enforcing the policy.
`;

const configurationSizeBytesMax = 64 * 1024 * 1024;

/** Resolves with the exit code. */
export async function main(): Promise<number> {
  // What `merlon cli` starts: a shell is a process of its own, beside the gateway's.
  if (process.argv[2] === "cli")
    return (await import("./serve/shell/local-shell.ts")).runLocalShell(process.argv.slice(3));
  const options = readOptions();
  if (options === undefined) return 0;
  if (typeof options === "string") {
    process.stderr.write(`error: ${options}\n\n${usage}`);
    return 2;
  }
  try {
    const initial = options.config === undefined ? undefined : await readInitial(options.config);
    const { runGateway } = await import("./run-gateway.ts");
    const { node, sockets } = options;
    await runGateway({ stateFolder: resolve(options.state), initial, node, sockets });
    return 0;
  } catch (error) {
    process.stderr.write(`error: ${describe(error)}\n`);
    return 1;
  }
}

interface Options {
  readonly state: string;
  readonly config: string | undefined;
  readonly node: ClusterNode | undefined;
  readonly sockets: ServiceSockets;
}

function readOptions(): Options | string | undefined {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        state: { type: "string" },
        config: { type: "string" },
        node: { type: "string" },
        sockets: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help === true) {
      process.stdout.write(usage);
      return undefined;
    }
    if (positionals.length !== 1 || positionals[0] !== "run") return `expected "run", found "${positionals.join(" ")}"`;
    if (values.state === undefined) return "--state DIR is missing";
    const { state, config, node } = values;
    if (node !== undefined && node !== "node0" && node !== "node1") return `--node is node0 or node1, not "${node}"`;
    const sockets = readSockets(values.sockets ?? "");
    if (sockets === undefined) return `--sockets takes ssh=FD, netconf=FD and http=FD, not "${values.sockets}"`;
    return { state, config, node, sockets };
  } catch (error) {
    return (error as Error).message;
  }
}

function readSockets(list: string): ServiceSockets | undefined {
  const sockets: Record<string, number> = {};
  for (const part of list === "" ? [] : list.split(",")) {
    const match = /^(ssh|netconf|http)=(\d{1,4})$/.exec(part);
    if (match === null) return undefined;
    sockets[match[1] ?? ""] = Number(match[2]);
  }
  return sockets;
}

async function readInitial(path: string): Promise<InitialConfiguration> {
  const content = await readFile(path).catch((error: unknown) => {
    throw new Error(`the configuration ${path} cannot be read: ${(error as Error).message}`, { cause: error });
  });
  if (content.length > configurationSizeBytesMax) {
    throw new Error(`the configuration ${path} is larger than ${configurationSizeBytesMax} bytes`);
  }
  return { text: content.toString("utf8"), source: path };
}

/** The message and those of its causes, for an operator. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const detail =
    "detail" in error && typeof error.detail === "string" && error.detail !== "" ? `\n${error.detail}` : "";
  const cause = error.cause instanceof Error ? `\n  because: ${describe(error.cause)}` : "";
  return `${error.message}${detail}${cause}`;
}
