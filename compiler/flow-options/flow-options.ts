// How sessions live, for all of them: `security flow` with its defaults filled in. What one policy asks beside it
// stands with its rule. The times of a session that both sides have closed or that was reset are those of the original
// where it says them: 2 seconds after the last FIN, 150 with `time-wait-state`.

import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { origin } from "@merlon/model/schema/node.ts";
import type { Family } from "@merlon/model/ip/address.ts";
import type { DiagnosticList } from "../diagnostic-list.ts";
import { protocolIdleSeconds } from "../idle-time.ts";
import type { IrInterface, IrRule, IrZone, TcpOptions } from "../ir.ts";

export interface FlowOptions {
  /** A TCP session begins with SYN. Without it, policies may still ask for that. */
  readonly synCheck: boolean;
  /** What is outside of the window of a TCP session is dropped. */
  readonly sequenceCheck: boolean;
  readonly seconds: TcpSeconds;
  /** Bytes that any segment may have at most. */
  readonly segmentSizeMax?: number;
  /** When and how idle sessions end earlier than they would; absent for never. */
  readonly aging?: SessionAging;
  /** Established sessions may take the kernel's fast path, where there is one. */
  readonly offload: boolean;
  /** Families of which nothing is forwarded; absent means none. */
  readonly droppedFamilies?: readonly Family[];
}

export interface SessionAging {
  /** A session that is idle for so long ends while the table is too full. */
  readonly idleSeconds: number;
  /** Percent of the sessions that the kernel keeps. */
  readonly beginPercent: number;
  readonly endPercent: number;
}

export interface TcpSeconds {
  /** Until the handshake is complete. */
  readonly initial: number;
  /** After one side has closed; absent for the kernel's own. */
  readonly halfClosed?: number;
  /** After both sides have closed. */
  readonly closed: number;
  /** After a reset. */
  readonly reset: number;
}

/** The least that a session can outlast its end. */
const atOnceSeconds = 1;

export const defaultFlowOptions: FlowOptions = {
  synCheck: true,
  sequenceCheck: true,
  seconds: { initial: 20, closed: 2, reset: 10 },
  offload: true,
};

interface Ruled {
  readonly rules: readonly Pick<IrRule, "policy" | "tcp">[];
}

/** `contexts` say which policies ask for checks of their own. */
export function resolveFlowOptions(
  configuration: Configuration,
  contexts: readonly Ruled[],
  diagnostics: DiagnosticList,
): FlowOptions {
  const { flow, forwardingOptions } = configuration.security ?? {};
  const session = flow?.tcpSession;
  const segmentSizeMax = flow?.tcpMss?.allTcp?.mss;
  const wanting = session?.noSequenceCheck === true ? firstWithSequenceCheck(contexts) : undefined;
  if (wanting !== undefined && session !== undefined) {
    diagnostics.warning(
      "flow.sequence-check-for-all",
      session[origin],
      `policy ${wanting} asks for sequence checks, which the kernel makes for all sessions or for none: all are checked`,
      "delete no-sequence-check, or sequence-check-required of every policy",
    );
  }
  return {
    synCheck: session?.noSynCheck !== true,
    sequenceCheck: session?.noSequenceCheck !== true || wanting !== undefined,
    seconds: secondsOf(session),
    ...(segmentSizeMax === undefined ? {} : { segmentSizeMax }),
    ...agingOf(flow?.aging, diagnostics),
    offload: forwardingOptions?.servicesOffload?.disable !== true,
    ...droppedFamilies(forwardingOptions?.family, diagnostics),
  };
}

/** As `security forwarding-options family` calls them. */
export const familyWords: Readonly<Record<Family, "inet" | "inet6">> = { 4: "inet", 6: "inet6" };

type FamilyModes = NonNullable<NonNullable<Configuration["security"]>["forwardingOptions"]>["family"];

function droppedFamilies(modes: FamilyModes, diagnostics: DiagnosticList): Pick<FlowOptions, "droppedFamilies"> {
  const dropped = ([4, 6] as const).filter((family) => {
    const word = familyWords[family];
    const statement = modes?.[word];
    if (statement?.mode === "packet-based") {
      diagnostics.warning(
        "flow.packet-based",
        statement[origin],
        `family ${word} is packet-based, and its packets meet sessions and policies all the same`,
        `set security forwarding-options family ${word} mode flow-based`,
      );
    }
    return statement?.mode === "drop";
  });
  return dropped.length === 0 ? {} : { droppedFamilies: dropped };
}

/** A wire forwards frames and has no route back to a sender that it could answer. */
export function warnSilentZones(
  zones: readonly IrZone[],
  interfaces: readonly IrInterface[],
  diagnostics: DiagnosticList,
): void {
  for (const { name, tcpReset, origin: at } of zones) {
    const wired = interfaces.find(({ zone, wire }) => zone === name && wire !== undefined);
    if (tcpReset !== true || wired === undefined) continue;
    diagnostics.warning(
      "flow.no-reset-on-wire",
      at,
      `zone ${name} has tcp-rst, and segments without a session that enter by ${wired.name}, a secure wire, are dropped silently`,
      `delete security zones security-zone ${name} tcp-rst`,
    );
  }
}

type Flow = NonNullable<NonNullable<Configuration["security"]>["flow"]>;

/** A table cannot be more than full, so 100 percent is never. */
function agingOf(aging: Flow["aging"], diagnostics: DiagnosticList): { aging?: SessionAging } {
  const { earlyAgeout: idleSeconds = 20, lowWatermark = 100, highWatermark: beginPercent = 100 } = aging ?? {};
  if (aging === undefined || beginPercent === 100) return {};
  if (lowWatermark > beginPercent && aging.lowWatermark !== undefined) {
    diagnostics.warning(
      "flow.watermarks",
      aging[origin],
      `low-watermark ${lowWatermark} is above high-watermark ${beginPercent}, so early aging ends where it begins`,
      `set security flow aging low-watermark to less than ${beginPercent}`,
    );
  }
  return { aging: { idleSeconds, beginPercent, endPercent: Math.min(lowWatermark, beginPercent) } };
}

type TcpSession = NonNullable<NonNullable<NonNullable<NonNullable<Configuration["security"]>["flow"]>["tcpSession"]>>;

function secondsOf(session: TcpSession | undefined): TcpSeconds {
  const defaults = defaultFlowOptions.seconds;
  const wait = session?.timeWaitState;
  const waiting =
    wait === undefined
      ? undefined
      : wait.sessionAgeout === true
        ? protocolIdleSeconds.tcp
        : (wait.sessionTimeout ?? 150);
  return {
    initial: session?.tcpInitialTimeout ?? defaults.initial,
    ...(waiting === undefined || wait?.applyToHalfCloseState !== true ? {} : { halfClosed: waiting }),
    closed: session?.finInvalidateSession === true ? atOnceSeconds : (waiting ?? defaults.closed),
    reset: session?.rstInvalidateSession === true ? atOnceSeconds : defaults.reset,
  };
}

function firstWithSequenceCheck(contexts: readonly Ruled[]): string | undefined {
  for (const { rules } of contexts) {
    for (const { policy, tcp } of rules) if (tcp?.sequenceCheck === true) return policy.name;
  }
  return undefined;
}

type Permit = { readonly tcpOptions?: TcpOptionsStatement; readonly noServicesOffload?: true };

interface TcpOptionsStatement {
  readonly synCheckRequired?: true;
  readonly sequenceCheckRequired?: true;
  readonly initialTcpMss?: number;
  readonly reverseTcpMss?: number;
}

/** What `then permit` asks of the sessions of one policy, for its rule. */
export function ruleFlowOptions(permit: Permit | undefined): { tcp?: TcpOptions; offload?: false } {
  const { synCheckRequired, sequenceCheckRequired, initialTcpMss, reverseTcpMss } = permit?.tcpOptions ?? {};
  const tcp: TcpOptions = {
    ...(synCheckRequired === true ? { synCheck: true } : {}),
    ...(sequenceCheckRequired === true ? { sequenceCheck: true } : {}),
    ...(initialTcpMss === undefined ? {} : { segmentSizeToClient: initialTcpMss }),
    ...(reverseTcpMss === undefined ? {} : { segmentSizeToServer: reverseTcpMss }),
  };
  return {
    ...(Object.keys(tcp).length === 0 ? {} : { tcp }),
    ...(permit?.noServicesOffload === true ? { offload: false } : {}),
  };
}
