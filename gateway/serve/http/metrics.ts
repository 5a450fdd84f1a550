// What Prometheus asks for: sessions, hits, attacks, interfaces, commits, alarms, losses and the process itself. Names come from
// the configuration alone, never from traffic, and each family has a limit; what is beyond it is counted.

import { interfaceFacts } from "../../ops/interface-facts.ts";
import { showSecurityPoliciesHitCount } from "../../ops/show-security-policies-hit-count.ts";
import type { PolicyHits } from "../../ops/show-security-policies-hit-count.ts";
import { ownVersion } from "../../ops/show-version.ts";
import type { Gateway } from "../../gateway.ts";
import { KernelFailure } from "../../kernel/kernel.ts";
import type { MetricFamily, MetricSample } from "./exposition.ts";

/** Series of one family; a gateway with more policies shows the first. */
export const seriesMax = 10_000;
/** Those who ask at once, or right after one another, get the same. */
const freshMs = 1_000;

type Family = MetricFamily;

interface Collected {
  readonly atMs: number;
  readonly families: Promise<readonly Family[]>;
}

const last = new WeakMap<Gateway, Collected>();

export function collectMetrics(gateway: Gateway): Promise<readonly Family[]> {
  const nowMs = gateway.clocks.monotonicMs();
  const known = last.get(gateway);
  if (known !== undefined && nowMs - known.atMs < freshMs) return known.families;
  const families = collect(gateway);
  last.set(gateway, { atMs: nowMs, families });
  return families;
}

const parts: Readonly<Record<string, (gateway: Gateway) => Promise<readonly Family[]>>> = {
  policies,
  screens,
  sessions,
  interfaces,
};

async function collect(gateway: Gateway): Promise<readonly Family[]> {
  const failed: MetricSample[] = [];
  const found: Family[] = [...own(gateway), ...events(gateway), ...logs(gateway), ...running()];
  for (const [part, read] of Object.entries(parts)) {
    const families = await read(gateway).catch((error: unknown) => {
      if (error instanceof KernelFailure) return undefined;
      throw error;
    });
    failed.push({ labels: { part }, value: families === undefined ? 1 : 0 });
    found.push(...(families ?? []));
  }
  found.push(gauge("merlon_collection_failed", "The kernel could not be asked for this part (1) or could (0)", failed));
  const omitted = found
    .filter(({ samples }) => samples.length > seriesMax)
    .map(({ name, samples }) => ({ labels: { family: name }, value: samples.length - seriesMax }));
  const cut = found.map((family) => ({ ...family, samples: family.samples.slice(0, seriesMax) }));
  return [...cut, gauge("merlon_series_omitted", "Series that were left out, by family", omitted)];
}

function own({
  running: now,
  alarms,
  logins,
  candidates,
  startedAtMs,
  events: { counts },
}: Gateway): readonly Family[] {
  const active = alarms.list();
  const modes = Map.groupBy(logins.list(), ({ mode }) => mode);
  return [
    one("merlon_up", "A policy is in force", now === undefined ? 0 : 1),
    gauge("merlon_build_info", "The version that runs", [{ labels: { version: ownVersion }, value: 1 }]),
    one("merlon_start_time_seconds", "When the gateway started, in seconds since 1970", startedAtMs / 1000),
    one("merlon_revision", "The number of the revision in force", now?.revision ?? 0),
    one("merlon_generation", "The generation of the revision in the kernel", now?.generation ?? 0),
    one("merlon_commit_unconfirmed", "A revision waits to be confirmed", now?.unconfirmed === undefined ? 0 : 1),
    one("merlon_zones", "Zones in force", now?.prepared.ir.zones.length ?? 0),
    one(
      "merlon_candidate_modified",
      "The shared candidate has uncommitted changes",
      candidates.sharedIsModified ? 1 : 0,
    ),
    counter("merlon_commits_total", "Commits since the gateway started", counts.commits),
    counter("merlon_alarms_raised_total", "Alarms since the gateway started", counts.alarms),
    gauge(
      "merlon_alarm",
      "Alarms that stand now",
      active.map(({ code, severity }) => ({ labels: { code, severity }, value: 1 })),
    ),
    gauge(
      "merlon_logins",
      "Who is logged in, by the way in",
      [...modes].map(([mode, { length }]) => ({ labels: { mode }, value: length })),
    ),
    counter("merlon_login_failures_total", "Failed logins", logins.audit.countOf("SSHD_LOGIN_FAILED")),
    counter("merlon_commands_total", "Commands that were asked for", logins.audit.countOf("UI_CMDLINE_READ_LINE")),
  ];
}

function events({ events: { counts, subscriberCount } }: Gateway): readonly Family[] {
  const by = (label: string, values: Readonly<Record<string, number>>): MetricSample[] =>
    Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }));
  const flows = by("kind", counts.flows);
  const answers = by("code", Object.fromEntries(counts.httpAnswers));
  const [lost, losses] = [by("source", counts.lost), by("source", counts.losses)];
  return [
    { name: "merlon_flow_records_total", help: "Log records of sessions", type: "counter", samples: flows },
    { name: "merlon_events_lost_total", help: "Events that were lost and counted", type: "counter", samples: lost },
    { name: "merlon_event_losses_total", help: "How often events were lost", type: "counter", samples: losses },
    { name: "merlon_http_answers_total", help: "Answers to HTTP requests", type: "counter", samples: answers },
    one("merlon_event_readers", "Who reads events now", subscriberCount),
  ];
}

function logs({ logDestinations }: Gateway): readonly Family[] {
  const destinations = logDestinations();
  const by = (value: (one: (typeof destinations)[number]) => number): MetricSample[] =>
    destinations.map((each) => ({ labels: { destination: each.name }, value: value(each) }));
  const total = (name: string, help: string, samples: readonly MetricSample[]): Family => {
    return { name: `merlon_log_${name}_total`, help, type: "counter", samples };
  };
  return [
    gauge(
      "merlon_log_destination_up",
      "The collector takes lines",
      by(({ state }) => (state === "connected" ? 1 : 0)),
    ),
    gauge(
      "merlon_log_lines_waiting",
      "Lines that wait for a collector",
      by(({ counts }) => counts.waitingCount),
    ),
    total(
      "lines_sent",
      "Lines that a collector was sent",
      by(({ counts }) => counts.sentCount),
    ),
    total(
      "lines_lost",
      "Lines that a collector lost because its queue was full",
      by(({ counts }) => counts.lostCount),
    ),
    total(
      "lines_held_back",
      "Lines above the rate of a collector",
      by(({ counts }) => counts.heldBackCount),
    ),
  ];
}

/** Names that every exporter has. */
function running(): readonly Family[] {
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return [
    counter("process_cpu_seconds_total", "Processor time of the process", (user + system) / 1e6),
    one("process_resident_memory_bytes", "Memory of the process", rss),
    one("process_heap_bytes", "What of it holds objects", heapUsed),
    one("process_start_time_seconds", "When the process started, in seconds since 1970", performance.timeOrigin / 1000),
  ];
}

async function policies(gateway: Gateway): Promise<readonly Family[]> {
  const { data } = await showSecurityPoliciesHitCount.execute(gateway, {}, { user: "", via: "rest" });
  const samples = (data as readonly PolicyHits[]).map(({ fromZone, toZone, policy, action, count }) => {
    const labels = { from_zone: fromZone, to_zone: toZone, policy, action: action.toLowerCase() };
    return { labels, value: count };
  });
  const help = "Sessions that a policy decided about; clearing the hit counts begins again";
  return [{ name: "merlon_policy_sessions_total", help, type: "counter", samples }];
}

async function screens({ kernel, running: now }: Gateway): Promise<readonly Family[]> {
  const configured = now?.prepared.ir.screens ?? [];
  const hits = configured.length === 0 ? new Map() : await kernel.readHits("hits");
  const samples = configured.flatMap(({ zone, name, drops, ids }) =>
    [...ids].map(([attack, id]) => {
      const labels = { zone, screen: name, attack, action: drops ? "drop" : "alarm" };
      return { labels, value: (hits.get(id)?.packets as number | undefined) ?? 0 };
    }),
  );
  return [{ name: "merlon_screen_packets_total", help: "Packets that showed an attack", type: "counter", samples }];
}

async function sessions({ kernel }: Gateway): Promise<readonly Family[]> {
  const read = async (name: string): Promise<readonly MetricSample[]> => {
    const text = await kernel.readSysctl(`net.netfilter.${name}`);
    return text === undefined ? [] : [{ value: Number(text.trim()) }];
  };
  return [
    gauge("merlon_sessions", "Sessions in the kernel's table", await read("nf_conntrack_count")),
    gauge("merlon_sessions_max", "How many sessions the table holds", await read("nf_conntrack_max")),
  ];
}

async function interfaces(gateway: Gateway): Promise<readonly Family[]> {
  const facts = await interfaceFacts(gateway);
  const rows = facts.map((one) => {
    return { labels: { interface: one.name, device: one.device, zone: one.unit.zone }, ...one };
  });
  type Row = (typeof rows)[number];
  const by = (value: (row: Row) => number): MetricSample[] => rows.map((row) => ({ labels: row.labels, value: value(row) })); // prettier-ignore
  const total = (name: string, help: string, value: (row: Row) => number): Family => {
    return { name: `merlon_interface_${name}_total`, help, type: "counter", samples: by(value) };
  };
  return [
    gauge(
      "merlon_interface_up",
      "The interface is up and has a carrier",
      by(({ link }) => (link === "up" ? 1 : 0)),
    ),
    total("receive_bytes", "Bytes that came in", ({ statistics }) => statistics.receivedBytes),
    total("receive_packets", "Packets that came in", ({ statistics }) => statistics.receivedPackets),
    total("receive_errors", "Packets that came in broken", ({ statistics }) => statistics.receivedErrors ?? 0),
    total("receive_drops", "Packets that the device dropped", ({ statistics }) => statistics.receivedDrops ?? 0),
    total("transmit_bytes", "Bytes that went out", ({ statistics }) => statistics.sentBytes),
    total("transmit_packets", "Packets that went out", ({ statistics }) => statistics.sentPackets),
    total("transmit_errors", "Packets that could not go out", ({ statistics }) => statistics.sentErrors ?? 0),
    total("transmit_drops", "Packets that were dropped on the way out", ({ statistics }) => statistics.sentDrops ?? 0),
    total("carrier_changes", "How often the carrier came or went", ({ carrierChanges }) => carrierChanges ?? 0),
  ];
}

function gauge(name: string, help: string, samples: readonly MetricSample[]): Family {
  return { name, help, type: "gauge", samples };
}

function one(name: string, help: string, value: number): Family {
  return gauge(name, help, [{ value }]);
}

function counter(name: string, help: string, value: number): Family {
  return { name, help, type: "counter", samples: [{ value }] };
}
