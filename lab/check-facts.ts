// What `--check` verifies beside the matrix, as pure questions to what was seen: did a forbidden packet arrive anywhere,
// is every denied attempt in the log with the right zones and policy, do ended sessions carry byte counts, does
// `show interfaces` tell which port is which.

import type { ReadyLine } from "@merlon/gateway/api.ts";
import type { FlowRecord } from "@merlon/gateway/log/flow-record.ts";
import type { Arrival } from "./arrivals.ts";
import { denyingPolicyOf, expectationOf, interfaceMapping } from "./expectations.ts";
import type { Truth } from "./expectations.ts";
import type { Comparison } from "./matrix.ts";
import { families, gatewayName, hostOf, hosts, servicePorts, zones } from "./topology.ts";
import type { LabHost } from "./topology.ts";

export interface Fact {
  /** What must be true. */
  readonly what: string;
  readonly holds: boolean;
  /** Figures, or what was missing; one line each. */
  readonly details: readonly string[];
}

/** How many offenders a fact names; the rest is a number. */
const namedMax = 5;

function fact(what: string, offenders: readonly string[], figure: string): Fact {
  if (offenders.length === 0) return { what, holds: true, details: [figure] };
  const rest = offenders.length > namedMax ? [`and ${offenders.length - namedMax} more`] : [];
  return { what, holds: false, details: [...offenders.slice(0, namedMax), ...rest] };
}

/** No packet of an attempt that must be stopped reached the host it was for. */
export function nothingLeaked(arrivals: ReadonlyMap<string, readonly Arrival[]>, truths: readonly Truth[]): Fact {
  const leaks: string[] = [];
  let count = 0;
  for (const [to, seen] of arrivals) {
    for (const { source, service, family } of seen) {
      if (isGatewayAddress(source)) continue;
      count++;
      const from = hosts.find((host) => addressesOf(host).includes(source));
      const open = from !== undefined && expectationOf(truths, from.name, to, service).expectation === "open";
      if (!open) leaks.push(`${from?.name ?? source} reached ${to} by ${service} over IPv${family}`);
    }
  }
  return fact("no forbidden packet arrived at any host", leaks, `${count} kinds of packets arrived, all permitted`);
}

/** Every attempt that the gateway stopped is a session-deny record with its zones and the policy that decided. */
export function deniesLogged(comparisons: readonly Comparison[], records: readonly FlowRecord[]): Fact {
  const denied = records.filter(({ kind }) => kind === "session-deny");
  const stopped = comparisons.filter(({ expectation }) => expectation !== "open");
  const missing = stopped.flatMap((attempt) => {
    const same = denied.filter((record) => isSameAttempt(record, attempt));
    const where = `${attempt.from} → ${attempt.to} ${attempt.service} over IPv${attempt.family}`;
    const toZone = zoneOfTarget(attempt.to);
    const fromZone = hostOf(attempt.from).zone;
    const policy = denyingPolicyOf(fromZone, toZone, attempt.service);
    if (same.length === 0) return [`${where} is not in the log`];
    const right = same.some((it) => it.fromZone === fromZone && it.toZone === toZone && it.policy.name === policy);
    const found = same.map((it) => `${it.policy.name} from ${it.fromZone} to ${it.toZone}`)[0];
    return right ? [] : [`${where}: the log says ${found}, expected ${policy} from ${fromZone} to ${toZone}`];
  });
  return fact(
    "every denied attempt is logged with zones and policy",
    missing,
    `${stopped.length} attempts, none missing`,
  );
}

/** Ended sessions are recorded with the bytes of both directions. */
export function closesCounted(records: readonly FlowRecord[]): Fact {
  const closed = records.filter(({ kind, protocol }) => kind === "session-close" && protocol === 6);
  const without = closed.filter(
    ({ bytesFromClient = 0, bytesFromServer = 0 }) => bytesFromClient === 0 || bytesFromServer === 0,
  );
  const what = "ended sessions are logged with their bytes";
  const [sample] = closed;
  if (sample === undefined) return { what, holds: false, details: ["no TCP session-close record came"] };
  return fact(
    what,
    without.map(({ source, destination, policy }) => `${source} → ${destination} by ${policy.name} has no bytes`),
    `${closed.length} TCP sessions; the first by ${sample.policy.name}: ${sample.bytesFromClient} B out, ` +
      `${sample.bytesFromServer} B back`,
  );
}

/** Sessions of a policy with `log session-init` are recorded when they begin. */
export function createsLogged(records: readonly FlowRecord[], policies: readonly string[]): Fact {
  const created = new Set(records.filter(({ kind }) => kind === "session-create").map(({ policy }) => policy.name));
  return fact(
    "sessions are logged when they begin, where the policy says so",
    policies.filter((name) => !created.has(name)).map((name) => `no session-create record of policy ${name}`),
    policies.join(", "),
  );
}

/** `show interfaces` prints below each configured name the kernel's name of the same port. */
export function mappingShown(text: string): Fact {
  const ports = text.split(/^Physical interface: /m).slice(1);
  const missing = interfaceMapping.filter(
    ({ name, device }) =>
      !ports.some((port) => port.startsWith(`${name},`) && new RegExp(`Kernel device: ${device}$`, "m").test(port)),
  );
  return fact(
    "show interfaces tells which port is which",
    missing.map(({ name, device }) => `${name} is not shown as ${device}`),
    interfaceMapping.map(({ name, device }) => `${name} = ${device}`).join(", "),
  );
}

/** What others took of the machine meanwhile is not the gateway's. */
export function startedInTime(
  { startToEnforcingMs, waitedForProcessorMs }: Pick<ReadyLine, "startToEnforcingMs" | "waitedForProcessorMs">,
  limitMs: number,
): Fact {
  const waited = waitedForProcessorMs === 0 ? "" : `, ${waitedForProcessorMs} of them waiting for a processor`;
  const figure = `${Math.round(startToEnforcingMs)} ms from the start of the process to the policy in force${waited}`;
  const what = `the gateway enforces within ${limitMs} ms of its own`;
  return startToEnforcingMs - waitedForProcessorMs < limitMs ? fact(what, [], figure) : fact(what, [figure], "");
}

function isSameAttempt(record: FlowRecord, attempt: Comparison): boolean {
  if (record.destination !== attempt.address || !addressesOf(hostOf(attempt.from)).includes(record.source))
    return false;
  if (attempt.service === "ping") return record.protocol === (attempt.family === 4 ? 1 : 58);
  const { protocol, port } = servicePorts[attempt.service];
  return record.protocol === (protocol === "tcp" ? 6 : 17) && record.destinationPort === port;
}

function addressesOf(host: LabHost): readonly string[] {
  return families.flatMap((family) => [host.addresses[family], host.linkAddresses[family]]);
}

function zoneOfTarget(to: string): string {
  return to === gatewayName ? "junos-host" : hostOf(to).zone;
}

function isGatewayAddress(address: string): boolean {
  return zones.some(({ gatewayAddresses }) => families.some((family) => gatewayAddresses[family] === address));
}
