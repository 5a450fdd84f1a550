// Who hears what, out of the configuration: collectors and files, each with its filter and its form of a line. Messages
// about the gateway go where `system syslog` says; those about traffic to the streams of `security log`, or in event mode
// to `system syslog` too.

import { compilePattern } from "@merlon/model/linear-pattern.ts";
import { formatIp } from "@merlon/model/ip/address.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import type { LineForm, LogCategory, LogMessage } from "./log-message.ts";
import type { Collector } from "./stream/transport.ts";

export interface LogPlan {
  readonly streams: readonly StreamPlan[];
  readonly files: readonly FilePlan[];
}

export interface StreamPlan {
  /** As in the configuration: `security log stream siem`, `system syslog host 10.0.0.9`. */
  readonly name: string;
  readonly collector: Omit<Collector, "trusted">;
  /** Names of the files with the certificates that TLS trusts; without any, nobody is trusted. */
  readonly trustProfiles: readonly string[];
  readonly form: LineForm;
  readonly hears: (message: LogMessage) => boolean;
  /** What the line must hold. */
  readonly shows?: (line: string) => boolean;
  readonly ratePerSecond?: number;
}

export interface FilePlan {
  readonly name: string;
  readonly sizeBytesMax: number;
  /** The current one included. */
  readonly filesMax: number;
  readonly worldReadable: boolean;
  readonly form: LineForm;
  readonly hears: (message: LogMessage) => boolean;
  readonly shows?: (line: string) => boolean;
}

type Syslog = NonNullable<NonNullable<Configuration["system"]>["syslog"]>;
type SecurityLog = NonNullable<NonNullable<Configuration["security"]>["log"]>;
type Contents = Syslog["host"][number]["contents"];

const portOf = { udp: 514, tcp: 514, tls: 6514 } as const;
/** Of the original: files of 1 MB, ten of them. */
const fileDefaults = { sizeBytesMax: 1024 * 1024, filesMax: 10 } as const;

export function planLogs(configuration: Configuration): LogPlan {
  const syslog = configuration.system?.syslog;
  const security = configuration.security?.log;
  const mode = security?.disable === true ? "none" : (security?.mode ?? "stream");
  // In stream mode the messages about traffic pass `system syslog` by.
  const traffic = mode === "event" || mode === "stream-event";
  const sourceAddress = syslog?.sourceAddress;
  const streaming = mode === "stream" || mode === "stream-event";
  return {
    streams: [
      ...(streaming && security !== undefined ? security.stream.flatMap((it) => planStream(it, security)) : []),
      ...(syslog?.host ?? []).map((host) => planHost(host, sourceAddress, traffic, security?.eventRate)),
    ],
    files: (syslog?.file ?? []).map((file) => planFile(file, syslog?.archive, traffic)),
  };
}

function planStream(stream: SecurityLog["stream"][number], security: SecurityLog): readonly StreamPlan[] {
  const { ipaddr, port } = stream.host ?? {};
  if (ipaddr === undefined) return [];
  const transport = stream.transport ?? security.transport;
  const protocol = transport?.protocol ?? "udp";
  const source = stream.sourceAddress ?? security.sourceAddress;
  const rate = stream.rateLimit?.rate ?? security.rateCap;
  const hearsCategory = categoryFilter(stream.category.map(({ name }) => name));
  const threats = stream.filter.length > 0;
  const severityMax = severityNumbers[stream.severity ?? "debug"];
  return [
    {
      name: `security log stream ${stream.name}`,
      collector: {
        host: ipaddr,
        port: port ?? portOf[protocol],
        protocol,
        ...(source === undefined ? {} : { sourceAddress: formatIp(source) }),
      },
      trustProfiles: transport?.tlsProfile === undefined ? [] : [transport.tlsProfile],
      form: { kind: (stream.format ?? security.format) === "syslog" ? "plain" : "structured" },
      hears: ({ category, severity }) =>
        category !== undefined &&
        severity <= severityMax &&
        hearsCategory(category) &&
        (!threats || category === "screen"),
      ...(rate === undefined || rate === 0 ? {} : { ratePerSecond: rate }),
    },
  ];
}

type CategoryWord = SecurityLog["stream"][number]["category"][number]["name"];

const categoriesOf: Readonly<Partial<Record<CategoryWord, readonly LogCategory[]>>> = {
  all: ["session-open", "session-close", "session-deny", "session-gap", "screen"],
  session: ["session-open", "session-close", "session-deny", "session-gap"],
  flow: ["session-open", "session-close", "session-deny", "session-gap"],
  "session-open": ["session-open", "session-gap"],
  "session-close": ["session-close", "session-gap"],
  screen: ["screen"],
};

/** Without a word everything is heard. */
function categoryFilter(words: readonly CategoryWord[]): (category: LogCategory) => boolean {
  const heard = new Set((words.length === 0 ? (["all"] as const) : words).flatMap((word) => categoriesOf[word] ?? []));
  return (category) => heard.has(category);
}

function planHost(
  host: Syslog["host"][number],
  sourceAddress: Syslog["sourceAddress"],
  traffic: boolean,
  eventRate: number | undefined,
): StreamPlan {
  const protocol = host.transport ?? "udp";
  const source = host.sourceAddress ?? sourceAddress;
  return {
    name: `system syslog host ${host.name}`,
    collector: {
      host: host.name,
      port: host.port ?? portOf[protocol],
      protocol,
      ...(source === undefined ? {} : { sourceAddress: formatIp(source) }),
    },
    trustProfiles: (host.tlsdetails?.trustedCaGroup ?? []).flatMap((group) => [...group.caProfiles]),
    form: formOf(host, host.logPrefix, host.excludeHostname === true),
    hears: contentsFilter(host.contents, traffic),
    ...showsOf(host.match),
    ...(traffic && eventRate !== undefined && eventRate > 0 ? { ratePerSecond: eventRate } : {}),
  };
}

function planFile(file: Syslog["file"][number], common: Syslog["archive"], traffic: boolean): FilePlan {
  const archive = file.archive ?? common;
  return {
    name: file.name,
    sizeBytesMax: Math.max(sizeMin, bytesOf(archive?.size) ?? fileDefaults.sizeBytesMax),
    filesMax: archive?.files ?? fileDefaults.filesMax,
    worldReadable: archive?.worldReadable === true,
    form: formOf(file, undefined, false),
    hears: contentsFilter(file.contents, traffic),
    ...showsOf(file.match),
  };
}

const sizeMin = 64 * 1024;
const sizeMax = 1024 ** 3;
const units: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

function bytesOf(size: string | undefined): number | undefined {
  if (size === undefined) return undefined;
  const unit = units[size.slice(-1).toLowerCase()];
  return Math.min(sizeMax, unit === undefined ? Number(size) : Number(size.slice(0, -1)) * unit);
}

function formOf(
  it: Pick<Syslog["file"][number], "structuredData" | "explicitPriority">,
  prefix: string | undefined,
  excludeHostname: boolean,
): LineForm {
  return {
    kind: it.structuredData === undefined ? "plain" : "structured",
    ...(it.structuredData?.brief === true ? { brief: true } : {}),
    ...(prefix === undefined ? {} : { prefix }),
    ...(it.explicitPriority === true ? { explicitPriority: true } : {}),
    ...(excludeHostname ? { excludeHostname } : {}),
  };
}

const severityNumbers = {
  none: -1, emergency: 0, alert: 1, critical: 2, error: 3, warning: 4, notice: 5, info: 6, debug: 7, any: 7,
} as const; // prettier-ignore
type SeverityWord = Exclude<keyof typeof severityNumbers, "debug">;

/** RFC 5424, table 1, and the local numbers that the original gives to its own facilities. */
const facilityNumbers: Readonly<Record<Exclude<Contents[number]["name"], "any">, readonly number[]>> = {
  authorization: [4, 10],
  daemon: [3],
  ftp: [11],
  ntp: [12],
  security: [13],
  kernel: [0],
  user: [1],
  dfc: [17],
  external: [18],
  firewall: [19],
  pfe: [20],
  "conflict-log": [21],
  "change-log": [22],
  "interactive-commands": [23],
};

/** What a facility says of itself counts more than what is said of any. */
function contentsFilter(contents: Contents, traffic: boolean): (message: LogMessage) => boolean {
  const levels = new Map<number, number>();
  let others: number = severityNumbers.none;
  for (const entry of contents) {
    const level = levelOf(entry);
    if (entry.name === "any") others = level;
    else for (const number of facilityNumbers[entry.name]) levels.set(number, level);
  }
  // A gap is about the gateway itself as well.
  return ({ facility, severity, category }) =>
    (traffic || category === undefined || category === "session-gap") && severity <= (levels.get(facility) ?? others);
}

const severityWords = ["any", "emergency", "alert", "critical", "error", "warning", "notice", "info", "none"] as const;

function levelOf(entry: Contents[number]): number {
  const word: SeverityWord | undefined = severityWords.find((it) => entry[it] === true);
  return severityNumbers[word ?? "none"];
}

/** An expression that cannot be read lets nothing pass: more would be shown than was asked for. */
function showsOf(match: string | undefined): { readonly shows?: (line: string) => boolean } {
  if (match === undefined) return {};
  const pattern = compilePattern(match);
  return { shows: "error" in pattern ? () => false : (line) => pattern.test(line) };
}
