// `merlon lab gateway`: starts a scratch gateway, prints one line of JSON with its addresses when it is ready, and ends it,
// with everything that it made, on SIGTERM, SIGINT or SIGHUP.

import { readFile } from "node:fs/promises";
import { constants } from "node:os";
import { parseArgs } from "node:util";
import { noAnswers } from "@merlon/compiler/address-members.ts";
import { noRuleIds } from "@merlon/compiler/rule-ids.ts";
import { hashPasswords } from "@merlon/gateway/access/hash-passwords.ts";
import { hashPassword } from "@merlon/gateway/access/password-hash.ts";
import { factoryDefault } from "@merlon/gateway/candidate/factory-default.ts";
import { prepare } from "@merlon/gateway/commit/prepare.ts";
import type { Prepared } from "@merlon/gateway/commit/prepare.ts";
import { loadForm } from "@merlon/junos/form.ts";
import { formatDiagnostic, hasErrors } from "@merlon/model/diagnostic.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { quoteWord } from "@merlon/junos/quote.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { ScratchFailure, ScratchGateway, services } from "./scratch-gateway.ts";
import type { Service } from "./scratch-gateway.ts";

const usage = `A gateway for trying things: its data plane in namespaces of its own, its management on 127.0.0.1.

usage: merlon lab gateway [--config FILE] [--ssh-port P] [--netconf-port P] [--http-port P] [--user NAME --password-file F]

  --config FILE       the configuration, in any form; without it, that of a new gateway
  --ssh-port P        serve SSH on port P of 127.0.0.1; 0 means any
  --netconf-port P    serve NETCONF over SSH there
  --http-port P       serve the HTTP interface there, without TLS
  --user NAME         add a user of class super-user, with the password in the first line of the file F
  --password-file F
  --quiet             do not repeat what the gateway says on standard error

What the configuration serves is served on a port of 127.0.0.1 that is free, where no port is given. When the gateway is ready
it says so in one line of JSON on standard output: event, ssh, netconf, http, socket, users, stateDirectory.
`;

const textSizeBytesMax = 64 * 1024 * 1024;

/** What is wrong with what was given; the sentence is for people. */
class Refusal extends Error {}

/** The exit code: 0 after a signal, 1 when the gateway did not start or ended by itself, 2 for a wrong command line. */
export async function scratchCommand(words: readonly string[]): Promise<number> {
  const stopped = untilSignal();
  try {
    const options = readOptions(words);
    if (options === undefined) return 0;
    const { prepared, tree } = await readConfigurationFile(options);
    const ports = portsOf(options, prepared);
    const onText = (text: string): void => void process.stderr.write(text);
    await using gateway = await Promise.race([
      ScratchGateway.start({ tree, ir: prepared.ir, ports, ...(!options.quiet && { onText }) }),
      stopped.then((signal) => Promise.reject(new Refusal(`stopped by ${signal}`))),
    ]);
    const users = usersOf(prepared);
    if (users.length === 0) process.stderr.write("no user can log in: the configuration has none; --user adds one\n");
    const { endpoints, socket, stateFolder } = gateway;
    const addresses = Object.fromEntries(services.map((service) => [service, endpoints[service] ?? null]));
    process.stdout.write(
      `${JSON.stringify({ event: "ready", ...addresses, socket, users, stateDirectory: stateFolder })}\n`,
    );
    const ended = await Promise.race([stopped, gateway.ended]);
    if (ended instanceof ScratchFailure) throw ended;
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const cause = error.cause instanceof Error ? `\n  because: ${error.cause.message}` : "";
    process.stderr.write(`error: ${error.message}${cause}\n`);
    return error instanceof WrongUsage ? 2 : 1;
  }
}

class WrongUsage extends Error {}

interface Options {
  readonly config: string | undefined;
  readonly ports: Partial<Record<Service, number>>;
  readonly user: string | undefined;
  readonly passwordFile: string | undefined;
  readonly quiet: boolean;
}

function readOptions(words: readonly string[]): Options | undefined {
  const { values } = parse(words);
  if (values.help === true) {
    process.stdout.write(usage);
    return undefined;
  }
  const ports: Partial<Record<Service, number>> = {};
  for (const service of services) {
    const given = values[`${service}-port`];
    if (given === undefined) continue;
    const port = /^\d{1,5}$/.test(given) ? Number(given) : Number.NaN;
    if (!(port <= 65_535)) throw new WrongUsage(`--${service}-port takes a port from 0 to 65535, not "${given}"`);
    ports[service] = port;
  }
  const { config, user, quiet = false } = values;
  const passwordFile = values["password-file"];
  if ((user === undefined) !== (passwordFile === undefined)) throw new WrongUsage("--user goes with --password-file");
  return { config, ports, user, passwordFile, quiet };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        config: { type: "string" },
        "ssh-port": { type: "string" },
        "netconf-port": { type: "string" },
        "http-port": { type: "string" },
        user: { type: "string" },
        "password-file": { type: "string" },
        quiet: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new WrongUsage(`${(error as Error).message}\n\n${usage}`, { cause: error });
  }
}

async function readConfigurationFile({ config, user, passwordFile }: Options): Promise<{
  readonly tree: ConfigNode;
  readonly prepared: Prepared;
}> {
  const source = config ?? "factory-default";
  const loaded = loadForm(config === undefined ? factoryDefault : await readText(config), { source });
  report(source, loaded.diagnostics);
  let { tree } = loaded;
  if (user !== undefined && passwordFile !== undefined) {
    const [password = ""] = (await readText(passwordFile)).split("\n");
    tree = withUser(tree, user, password);
  }
  tree = hashPasswords(tree, hashPassword);
  const preparation = prepare(tree, noRuleIds, { nowMs: Date.now(), answers: noAnswers });
  if (preparation.ok) return { tree, prepared: preparation.prepared };
  report(source, preparation.diagnostics);
  throw new Refusal(`${source} is not accepted`);
}

function withUser(tree: ConfigNode, user: string, password: string): ConfigNode {
  const at = `set system login user ${quoteWord(user)}`;
  const text = `${at} class super-user\n${at} authentication plain-text-password-value ${quoteWord(password)}\n`;
  const loaded = loadConfiguration(tree, text, { action: "set", source: "--user" });
  report("--user", loaded.diagnostics);
  return loaded.tree;
}

/** Writes what is wrong; throws when that is too much. */
function report(source: string, diagnostics: readonly Diagnostic[]): void {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  for (const diagnostic of errors) process.stderr.write(`${formatDiagnostic(diagnostic)}\n`);
  if (hasErrors(diagnostics)) throw new Refusal(`${source} is not accepted`);
}

async function readText(path: string): Promise<string> {
  const content = await readFile(path).catch((error: unknown) => {
    throw new Refusal(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  });
  if (content.length > textSizeBytesMax) throw new Refusal(`${path} is larger than ${textSizeBytesMax} bytes`);
  return content.toString("utf8");
}

/** What was asked for, and what the configuration serves. */
function portsOf({ ports }: Options, { configuration }: Prepared): Partial<Record<Service, number>> {
  const served = configuration.system?.services;
  return {
    ...(served?.ssh !== undefined && { ssh: 0 }),
    ...(served?.netconf?.ssh !== undefined && { netconf: 0 }),
    ...(served?.rest?.http !== undefined && { http: 0 }),
    ...ports,
  };
}

function usersOf({ configuration }: Prepared): readonly string[] {
  const { login, rootAuthentication } = configuration.system ?? {};
  const root = rootAuthentication === undefined ? [] : ["root"];
  return [...root, ...(login?.user ?? []).map(({ name }) => name)];
}

/** The first signal; a later one ends the process at once, and the enclosure with it. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let count = 0;
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
      process.on(signal, () => {
        if (++count > 1) process.exit(128 + constants.signals[signal]);
        resolve(signal);
      });
  });
}
