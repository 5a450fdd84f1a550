// `request support information`: what somebody who shall help has to know, in one text: the answers of many commands and the
// configuration in force. Secrets are in it as hashes at most.

import { printTree } from "@merlon/junos/print.ts";
import { visibleTree } from "../access/visible-tree.ts";
import { formatUtc } from "../commit/commit-time.ts";
import type { Caller } from "../caller.ts";
import type { Gateway } from "../gateway.ts";
import { operation } from "./operation.ts";
import type { AnyOperation } from "./operation.ts";
import { output } from "./reply.ts";

/** In the order in which they are asked, with the words that stand alone behind them. */
const commands: readonly (readonly [command: string, word?: string])[] = [
  ["show version"],
  ["show system uptime"],
  ["show system alarms"],
  ["show system capabilities"],
  ["show system foreign-rules"],
  ["show system commit"],
  ["show system storage"],
  ["show system memory"],
  ["show system processes", "extensive"],
  ["show chassis hardware"],
  ["show chassis routing-engine"],
  ["show interfaces", "extensive"],
  ["show route"],
  ["show arp", "no-resolve"],
  ["show ipv6 neighbors"],
  ["show security zones", "detail"],
  ["show security policies"],
  ["show security policies hit-count"],
  ["show security flow session", "summary"],
  ["show security address-book"],
  ["show security dns-cache"],
  ["show security packet-drop records"],
  ["request security policies check"],
  ["show log"],
];

type Find = (name: string) => AnyOperation | undefined;

/** `find` knows all operations, this one among them, so it is asked when the command runs. */
export function requestSupportInformation(find: Find): AnyOperation {
  return operation<{ readonly text: string }>({
    command: "request support information",
    help: "Show all that somebody who shall help has to know",
    parameters: [],
    run: async (gateway, _, caller) => ({ text: (await Array.fromAsync(sections(gateway, find, caller))).join("") }),
    text: ({ text }) => text,
    async *stream(gateway, _, caller, signal) {
      for await (const section of sections(gateway, find, caller)) {
        if (signal.aborted) return;
        yield section;
      }
    },
    rpc: { name: "get-support-information", reply: ({ text }) => output(text) },
  });
}

async function* sections(gateway: Gateway, find: Find, caller: Caller): AsyncGenerator<string> {
  const prompt = `\n${caller.user}@${gateway.hostName}>`;
  yield `# support information of ${gateway.hostName}, ${formatUtc(gateway.nowMs())}\n`;
  for (const command of commands)
    yield `${prompt} ${command.join(" ")}\n\n${await answerOf(gateway, find, command, caller)}`;
  const { running } = gateway;
  yield `${prompt} show configuration\n\n${running === undefined ? "" : withoutSecrets(printTree(visibleTree(caller.access, running.prepared.tree)))}`;
}

/** One command that fails must not cost the others: what is broken is why this is asked for. */
async function answerOf(
  gateway: Gateway,
  find: Find,
  [command, word]: (typeof commands)[number],
  caller: Caller,
): Promise<string> {
  const asked = find(command.replaceAll(" ", "-"));
  if (asked === undefined) return `error: there is no command ${command}\n`;
  if (caller.access?.mayRun(command) === false) return "error: permission denied\n";
  try {
    return (await asked.execute(gateway, word === undefined ? {} : { [word]: true }, caller)).text;
  } catch (error) {
    return `error: ${error instanceof Error ? error.message : String(error)}\n`;
  }
}

const secretMark = "## SECRET-DATA";

/** Passwords that were hashed stay, because a hash tells which one is meant; every other secret goes. */
export function withoutSecrets(text: string): string {
  return text
    .split("\n")
    .map((line) => {
      if (!line.endsWith(secretMark) || /^\s*(?:inactive: |protect: )*encrypted-password /.test(line)) return line;
      return line.replace(
        /^(\s*(?:inactive: |protect: )*\S+) .*; ## SECRET-DATA$/,
        `$1 /* SECRET-DATA */; ${secretMark}`,
      );
    })
    .join("\n");
}
