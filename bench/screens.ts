// What screens cost, and what they are worth: new flows, connections and packets of a standing flow with more and more
// checks; and connections to a server whose address is flooded with SYNs from spoofed sources, without a screen, with limits,
// and with SYN cookies.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readNetwork } from "@merlon/gateway/kernel/network.ts";
import { runIp } from "@merlon/gateway/kernel/run-ip.ts";
import { formatIpv4 } from "@merlon/model/ip/address.ts";
import { inNetwork } from "@merlon/lab/network-namespace.ts";
import { BenchGateway } from "./bench-gateway.ts";
import { gatewayMac } from "./bench-network.ts";
import type { LoadThread } from "./load-thread.ts";
import type { SuitePlan } from "./lookup.ts";
import { flushSessions } from "./flush-sessions.ts";
import { comparedWith } from "./measurement.ts";
import type { Measurement } from "./measurement.ts";
import { preparePolicy } from "./prepare-policy.ts";
import { measureInTurn, rateSample } from "./round-robin.ts";
import type { Sample } from "./round-robin.ts";
import type { RuleSet } from "./rule-set.ts";
import { subjectNamed } from "./subjects.ts";

/** Those of `flood-syns.ts`. */
const floodSources = "172.16.0.0/12";
/** Each takes a second of every gateway and of both cores. */
const floodRoundsMax = 7;

const headerChecks = [
  "icmp fragment", "icmp large", "icmp ping-death", "ip bad-option", "ip record-route-option", "ip timestamp-option",
  "ip security-option", "ip stream-option", "ip source-route-option", "ip unknown-protocol", "ip block-frag",
  "ip tear-drop", "tcp syn-fin", "tcp fin-no-ack", "tcp tcp-no-flag", "tcp syn-frag", "tcp land", "tcp winnuke",
]; // prettier-ignore

const without = "no-screen";
const screens: Readonly<Record<string, readonly string[]>> = {
  none: [],
  headers: headerChecks,
  "headers-and-spoofing": [...headerChecks, "ip spoofing"],
  everything: [
    ...headerChecks,
    "ip spoofing",
    // So high that nothing is cut: what is measured is counting.
    "icmp flood threshold 10000000",
    "udp flood threshold 10000000",
    "tcp syn-flood attack-threshold 10000000",
    "tcp syn-flood source-threshold 10000000",
    "tcp syn-flood destination-threshold 10000000",
    "limit-session source-ip-based 1000000",
  ],
  limits: ["tcp syn-flood attack-threshold 1000000", "tcp syn-flood destination-threshold 4000"],
  cookies: ["tcp syn-flood attack-threshold 200", "tcp syn-flood destination-threshold 10000000"],
};

type Named = readonly { readonly name: string; readonly gateway: BenchGateway }[];

export async function measureScreens(plan: SuitePlan, thread: LoadThread): Promise<readonly Measurement[]> {
  return [...(await measureCost(plan, thread)), ...(await measureFlood(plan, thread))];
}

function textWith(text: string, words: readonly string[]): string {
  if (words.length === 0) return text;
  const option = words.map((line) => `${line};`).join(" ");
  return `${text.replaceAll(/security-zone (\S+) \{/g, "security-zone $1 { screen s;")}\nsecurity { screen { ids-option s { ${option} } } }\n`;
}

/** The gateways end with the stack. */
async function startAll(
  names: readonly string[],
  { policy, say }: SuitePlan,
  thread: LoadThread,
  stack: AsyncDisposableStack,
): Promise<Named> {
  const gateways: { name: string; gateway: BenchGateway }[] = [];
  for (const name of names) {
    say(`screens ${name}: loading`);
    const prepared = preparePolicy(policy.ruleSet, textWith(policy.text, screens[name] ?? []));
    const subject = { ...subjectNamed("merlon"), name: `screen-${name}` };
    const gateway = stack.use(await BenchGateway.start(subject, prepared, thread));
    gateways.push({ name: name === "none" ? without : `screens-${name}`, gateway });
  }
  return gateways;
}

async function measureCost(plan: SuitePlan, thread: LoadThread): Promise<readonly Measurement[]> {
  const { rounds, durationMs, policy, say } = plan;
  await using stack = new AsyncDisposableStack();
  const gateways = await startAll(["none", "headers", "headers-and-spoofing", "everything"], plan, thread, stack);
  const measure = async (gateway: BenchGateway): Promise<Sample> => ({
    "new-flows": rateSample(await gateway.newFlows(durationMs), "flows/s"),
    connections: rateSample(await gateway.connections(durationMs), "connections/s"),
    "established-packets": rateSample(await gateway.establishedPackets(durationMs), "packets/s"),
  });
  const onRound = (round: number): void => say(`screens: round ${round + 1} of ${rounds}`);
  const { policyCount } = policy.ruleSet;
  return comparedWith(without, await measureInTurn({ gateways, policies: policyCount, rounds, measure, onRound }));
}

async function measureFlood(plan: SuitePlan, thread: LoadThread): Promise<readonly Measurement[]> {
  const { policy, say } = plan;
  const rounds = Math.min(plan.rounds, floodRoundsMax);
  await using stack = new AsyncDisposableStack();
  const gateways = await startAll(["none", "limits", "cookies"], plan, thread, stack);
  for (const { gateway } of gateways) await routeBack(gateway, policy.ruleSet);
  const { policyCount: policies } = policy.ruleSet;
  const quiet = await measureInTurn({
    gateways,
    policies,
    rounds: plan.rounds,
    measure: async (gateway) => ({
      "connections-quiet": rateSample(await gateway.connections(plan.durationMs), "connections/s"),
    }),
    onRound: (round) => say(`not flooded: round ${round + 1} of ${plan.rounds}`),
  });
  const flooded = await measureInTurn({
    gateways,
    policies,
    rounds,
    measure: (gateway) => sampleFlood(gateway, policy.ruleSet),
    onRound: (round) => say(`flooded: round ${round + 1} of ${rounds}`),
  });
  return comparedWith(without, [...quiet, ...flooded]);
}

/** Answers to the flood leave the gateway, and vanish in the host. Without a route each would cost an error instead. */
async function routeBack({ network }: BenchGateway, { pairs: [pair] }: RuleSet): Promise<void> {
  const link = inNetwork(network.gateway, readNetwork).links.find(({ device }) => device === pair?.from.device);
  const own = link?.addresses.find(({ address }) => address.family === 4)?.address;
  if (link === undefined || own?.family !== 4) throw new Error("the gateway has no address towards the flood");
  // The host's is the next one (bench-network.ts).
  const via = formatIpv4(own.value + 1);
  await runIp([`route add ${floodSources} via ${via} dev ${link.device}`], network.gateway);
}

async function sampleFlood(gateway: BenchGateway, ruleSet: RuleSet): Promise<Sample> {
  const [pair] = ruleSet.pairs;
  const [addresses] = pair?.worst.addresses ?? [];
  if (pair === undefined || addresses === undefined) throw new Error("no pair to flood");
  const program = new URL("flood-syns.ts", import.meta.url).pathname;
  const place = [gateway.network.hostOf(pair.from), gatewayMac(pair.from), formatIpv4(addresses.destination)];
  const flood = spawn(process.execPath, [program, ...place, String(pair.worst.tcpPort)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  flood.stdout.on("data", (data: Buffer) => (said += data.toString()));
  await once(flood.stdout, "data");
  const startMs = performance.now();
  const flooded = await wallRate(gateway, ruleSet);
  const tookMs = performance.now() - startMs;
  flood.kill("SIGTERM");
  await once(flood, "exit");
  const sent = Number(said.split("\n")[1] ?? 0);
  const plain = (value: number, unit: string) => ({ value, unit, disturbed: false });
  return {
    "connections-flooded": plain(flooded, "connections/s"),
    "flood-taken": plain((sent / tookMs) * 1_000, "SYNs/s"),
  };
}

/** Connections that are opened, answered and closed, eight at a time, by two programs of their own. */
async function wallRate(gateway: BenchGateway, ruleSet: RuleSet): Promise<number> {
  flushSessions(gateway.network.gateway);
  const [pair] = ruleSet.pairs;
  const [addresses] = pair?.worst.addresses ?? [];
  if (pair === undefined || addresses === undefined) throw new Error("no pair to connect through");
  const [address, port] = [formatIpv4(addresses.destination), pair.worst.tcpPort];
  const server = inNetwork(gateway.network.hostOf(pair.to), () => runScript(serverScript(address, port)));
  try {
    await server.said();
    const source = formatIpv4(addresses.source);
    const client = inNetwork(gateway.network.hostOf(pair.from), () => runScript(clientScript(source, address, port)));
    return Number(await client.said());
  } finally {
    server.end();
  }
}

function runScript(text: string) {
  const child = spawn(process.execPath, ["-e", text], { stdio: ["ignore", "pipe", "inherit"] });
  const first = once(child.stdout, "data").then(([data]) => String(data).trim());
  return { said: () => first, end: () => void child.kill("SIGKILL") };
}

function serverScript(address: string, port: number): string {
  return `require("node:net").createServer((socket) => { socket.on("error", () => {}); socket.end("hello"); })
    .listen({ host: "${address}", port: ${port}, backlog: 4096 }, () => console.log("ready"));`;
}

/** Connections in a second; one that is not answered within a fifth of it is given up. */
function clientScript(source: string, address: string, port: number): string {
  return `
    const net = require("node:net");
    const end = performance.now() + 1000;
    let count = 0;
    const next = () => {
      if (performance.now() > end) { console.log(count); process.exit(); }
      let done = false;
      const socket = net.connect({ host: "${address}", port: ${port}, localAddress: "${source}" });
      const stop = () => { if (!done) { done = true; socket.destroy(); setImmediate(next); } };
      socket.on("data", () => { if (!done) count++; stop(); });
      socket.on("error", stop);
      socket.setTimeout(200, stop);
    };
    for (let n = 0; n < 8; n++) next();`;
}
