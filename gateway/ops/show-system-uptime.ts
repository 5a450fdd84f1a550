// `show system uptime`: the time, since when the machine and the gateway run, and when the configuration was changed last.

import { formatUtc } from "../commit/commit-time.ts";
import type { RevisionSummary } from "../store/revision.ts";
import { ageText, uptimeText } from "./age-text.ts";
import { operation } from "./operation.ts";
import { field, group, reply } from "./reply.ts";

export interface SystemUptime {
  readonly nowMs: number;
  readonly bootedAtMs: number;
  readonly startedAtMs: number;
  readonly configured?: Pick<RevisionSummary, "atMs" | "user">;
  readonly uptimeSeconds: number;
  readonly loadAverages: readonly [number, number, number];
}

export const showSystemUptime = operation<SystemUptime>({
  command: "show system uptime",
  help: "Show since when the gateway runs",
  parameters: [],
  run: async (gateway) => {
    const { uptimeSeconds, loadAverages } = await gateway.kernel.readHost();
    const summary = await gateway.store.readSummary(gateway.running?.revision ?? 0);
    const nowMs = gateway.nowMs();
    return {
      nowMs,
      bootedAtMs: nowMs - uptimeSeconds * 1000,
      startedAtMs: gateway.startedAtMs,
      ...(summary === undefined ? {} : { configured: { atMs: summary.atMs, user: summary.user } }),
      uptimeSeconds,
      loadAverages,
    };
  },
  text: (data) => {
    const { nowMs, configured } = data;
    return [
      `Current time: ${formatUtc(nowMs)}`,
      `Time Source:  LOCAL CLOCK `,
      `System booted: ${since(data.bootedAtMs, nowMs)}`,
      `Protocols started: ${since(data.startedAtMs, nowMs)}`,
      ...(configured === undefined ? [] : [`Last configured: ${since(configured.atMs, nowMs)} by ${configured.user}`]),
      `${clockText(nowMs)}  up ${uptimeText(data.uptimeSeconds)}, load averages: ${loads(data).join(", ")}\n`,
    ].join("\n");
  },
  rpc: {
    name: "get-system-uptime-information",
    reply: (data) => {
      const { nowMs, configured } = data;
      return reply(
        "system-uptime-information",
        "junos",
        group("current-time", timeField("date-time", nowMs)),
        field("time-source", "LOCAL CLOCK"),
        group("system-booted-time", timeField("date-time", data.bootedAtMs), lengthField(data.bootedAtMs, nowMs)),
        group("protocols-started-time", timeField("date-time", data.startedAtMs), lengthField(data.startedAtMs, nowMs)),
        configured !== undefined &&
          group(
            "last-configured-time",
            timeField("date-time", configured.atMs),
            lengthField(configured.atMs, nowMs),
            field("user", configured.user),
          ),
        group(
          "uptime-information",
          timeField("date-time", nowMs, clockText(nowMs).trim()),
          field("up-time", uptimeText(data.uptimeSeconds), { "junos:seconds": String(data.uptimeSeconds) }),
          ["load-average-1", "load-average-5", "load-average-15"].flatMap(
            (name, i) => field(name, loads(data)[i]) ?? [],
          ),
        ),
      );
    },
  },
});

function since(atMs: number, nowMs: number): string {
  return `${formatUtc(atMs)} (${ageText(Math.max(0, (nowMs - atMs) / 1000))} ago)`;
}

function loads({ loadAverages }: SystemUptime): readonly string[] {
  return loadAverages.map((load) => load.toFixed(2));
}

/** ` 9:22PM`. */
function clockText(ms: number): string {
  const [hours, minutes] = [new Date(ms).getUTCHours(), new Date(ms).getUTCMinutes()];
  const text = `${hours % 12 === 0 ? 12 : hours % 12}:${String(minutes).padStart(2, "0")}${hours < 12 ? "AM" : "PM"}`;
  return text.padStart(7);
}

/** Moments carry their seconds since 1970, and spans their length, as attributes. */
function timeField(name: string, ms: number, text = formatUtc(ms)) {
  return field(name, text, { "junos:seconds": String(Math.floor(ms / 1000)) });
}

function lengthField(atMs: number, nowMs: number) {
  const seconds = Math.max(0, Math.floor((nowMs - atMs) / 1000));
  return field("time-length", ageText(seconds), { "junos:seconds": String(seconds) });
}
