// What operational commands answer, for the OpenAPI document: those that programs ask for most. The compiler holds each schema
// to the command's own type, and a test holds the command to the schema.

import { attackNames } from "@merlon/compiler/screen/attacks.ts";
import { z } from "zod";
import type { Alarm } from "../../alarms.ts";
import type { Capabilities } from "../../kernel/kernel.ts";
import type { InterfaceFacts } from "../../ops/interface-facts.ts";
import type { NewToken } from "../../ops/request-system-api-token.ts";
import type { SessionSummary } from "../../ops/session-facts.ts";
import type { SessionList } from "../../ops/show-security-flow-session.ts";
import type { InterfaceList } from "../../ops/show-interfaces.ts";
import type { PolicyHits } from "../../ops/show-security-policies-hit-count.ts";
import type { ScreenStatistics } from "../../ops/show-security-screen-statistics.ts";
import type { ZoneList } from "../../ops/show-security-zones.ts";
import type { TokenFacts } from "../../ops/show-system-api-tokens.ts";
import type { SystemUsers } from "../../ops/show-system-users.ts";
import type { Version } from "../../ops/show-version.ts";

const timeMs = z.number().meta({ description: "Milliseconds since 1970" });
const count = z.int().min(0);
const names = z.array(z.string()).readonly();

const wing = z.object({
  source: z.string(),
  sourcePort: count,
  destination: z.string(),
  destinationPort: count,
  interface: z.string(),
  packets: count,
  bytes: count,
});

const session = z.object({
  id: count,
  policy: z.string(),
  policyId: count,
  fromZone: z.string(),
  toZone: z.string(),
  timeoutSeconds: z.number(),
  protocol: z.string(),
  application: z.string(),
  startedAtMs: timeMs.exactOptional(),
  durationSeconds: count.exactOptional(),
  tcpState: z.string().exactOptional(),
  in: wing,
  out: wing,
}) satisfies z.ZodType<SessionSummary>;

const sessionList = z.object({
  level: z.enum(["brief", "extensive", "summary"]),
  sessions: z.array(session).readonly(),
  totalCount: count.meta({ description: "Of all that the filter takes, also those that are not listed" }),
  multicastCount: count,
  offloadedCount: count.meta({ description: "Sessions that take the kernel's fast path now" }),
  failedCount: count.meta({ description: "Packets that were dropped because no session could be kept for them" }),
  maximumCount: count.exactOptional(),
}) satisfies z.ZodType<SessionList>;

const policyHits = z.object({
  fromZone: z.string(),
  toZone: z.string(),
  policy: z.string(),
  count: count.meta({ description: "Sessions that it decided about" }),
  action: z.string(),
}) satisfies z.ZodType<PolicyHits>;

const zoneList = z.object({
  zones: z
    .array(
      z.object({
        name: z.string(),
        id: count,
        kind: z.enum(["security", "functional"]),
        description: z.string(),
        tcpReset: z.boolean(),
        policyConfigurable: z.boolean(),
        screen: z.string().exactOptional(),
        interfaces: z.array(z.object({ name: z.string(), hostInbound: names })).readonly(),
      }),
    )
    .readonly(),
  level: z.enum(["normal", "terse", "detail"]),
}) satisfies z.ZodType<ZoneList>;

const linkState = z.enum(["up", "down", "absent"]);

const interfaceFacts = z.object({
  name: z.string(),
  device: z.string(),
  configured: z.boolean(),
  description: z.string().exactOptional(),
  admin: linkState,
  link: linkState,
  index: count,
  macAddress: z.string(),
  mtu: count,
  statistics: z.object({
    receivedPackets: count,
    receivedBytes: count,
    sentPackets: count,
    sentBytes: count,
    receivedErrors: count.exactOptional(),
    receivedDrops: count.exactOptional(),
    sentErrors: count.exactOptional(),
    sentDrops: count.exactOptional(),
    collisions: count.exactOptional(),
  }),
  carrierChanges: count.exactOptional(),
  unit: z.object({
    name: z.string(),
    description: z.string().exactOptional(),
    zone: z.string(),
    hostInbound: names,
    addresses: z
      .array(
        z.object({
          family: z.enum(["inet", "inet6"]),
          prefix: z.string(),
          local: z.string(),
          network: z.string().exactOptional(),
          broadcast: z.string().exactOptional(),
        }),
      )
      .readonly(),
  }),
}) satisfies z.ZodType<InterfaceFacts>;

const interfaceList = z.object({
  level: z.enum(["normal", "terse", "brief", "detail", "extensive", "descriptions"]),
  unitsOnly: z.boolean(),
  interfaces: z.array(interfaceFacts).readonly(),
}) satisfies z.ZodType<InterfaceList>;

const alarm = z.object({
  code: z.string(),
  severity: z.enum(["major", "minor"]),
  sinceMs: timeMs,
  message: z.string(),
}) satisfies z.ZodType<Alarm>;

const capabilities = z
  .array(z.object({ name: z.string(), available: z.boolean(), note: z.string() }))
  .readonly() satisfies z.ZodType<Capabilities>;

const screenStatistics = z.object({
  zone: z.string(),
  screen: z.string().exactOptional(),
  counts: z.record(z.enum(attackNames), count),
  tearDrops: count
    .exactOptional()
    .meta({ description: "Fragments of IPv4 that overlapped, whatever zone they came in by" }),
}) satisfies z.ZodType<ScreenStatistics>;

const version = z.object({
  hostName: z.string(),
  version: z.string(),
  revision: count,
  startedAtMs: timeMs,
  kernel: z.string(),
}) satisfies z.ZodType<Version>;

const users = z.object({
  nowMs: timeMs,
  users: z
    .array(
      z.object({
        id: z.string(),
        user: z.string(),
        className: z.string(),
        mode: z.string(),
        from: z.string(),
        sinceMs: timeMs,
        idleMs: z.number(),
      }),
    )
    .readonly(),
}) satisfies z.ZodType<SystemUsers>;

const token = z.object({
  name: z.string(),
  user: z.string(),
  className: z.string().exactOptional(),
  madeAtMs: timeMs,
  expiresAtMs: timeMs.exactOptional(),
  expired: z.boolean(),
}) satisfies z.ZodType<TokenFacts>;

const newToken = z.object({
  name: z.string(),
  user: z.string(),
  token: z.string().meta({ description: "Shown now and never again" }),
  expiresAtMs: timeMs.exactOptional(),
}) satisfies z.ZodType<NewToken>;

/** By the names of the operations. */
export const operationData: Readonly<Record<string, z.ZodType>> = {
  "request-system-api-token-create": newToken,
  "show-chassis-alarms": z.array(alarm),
  "show-interfaces": interfaceList,
  "show-security-flow-session": sessionList,
  "show-security-policies-hit-count": z.array(policyHits),
  "show-security-screen-statistics": screenStatistics,
  "show-security-zones": zoneList,
  "show-system-alarms": z.array(alarm),
  "show-system-api-tokens": z.array(token),
  "show-system-capabilities": capabilities,
  "show-system-users": users,
  "show-version": version,
};
