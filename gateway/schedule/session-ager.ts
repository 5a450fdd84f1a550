// `security flow aging`: while the table of sessions is too full, idle sessions end before their time, so that there is
// room for new ones. It begins at one watermark and ends at another; both are percents of what the kernel keeps, all
// sessions of the machine counted.

import { idleTimeOf } from "@merlon/compiler/idle-time.ts";
import type { Ir, IrRule } from "@merlon/compiler/ir.ts";
import type { Gateway } from "../gateway.ts";
import { sessionMarkMask } from "../kernel/kernel.ts";
import type { KernelSession } from "../kernel/kernel.ts";
import { Repeater } from "../repeater.ts";

/** Two small files are read each time. */
const lookMs = 2_000;
const reason = "idle Timeout";

export class SessionAger {
  readonly #gateway: Gateway;
  #early = false;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** Runs until it is disposed of. */
  static start(gateway: Gateway): Disposable {
    const ager = new SessionAger(gateway);
    return new Repeater(
      () => ager.tick(),
      () => lookMs,
    );
  }

  /** Looks how full the table is, and ends sessions when it is too full. Never throws. */
  async tick(): Promise<void> {
    const { running, kernel, endings, alarms } = this.#gateway;
    const ir = running?.prepared.ir;
    const aging = ir?.flow?.aging;
    try {
      if (ir === undefined || aging === undefined) return this.#stop();
      const [count, max] = await Promise.all([this.#number("count"), this.#number("max")]);
      if (count === undefined || max === undefined || max === 0) return this.#stop();
      if (count < (max * (this.#early ? aging.endPercent : aging.beginPercent)) / 100) return this.#stop();
      this.#early = true;
      alarms.raise(
        "sessions.early-aging",
        "minor",
        `there are more sessions than ${aging.beginPercent} percent of ${max}: those idle for ${aging.idleSeconds} seconds end early`,
      );
      const rules = rulesOf(ir);
      let spare = Math.ceil(count - (max * aging.endPercent) / 100);
      const ended = new Set<number>();
      using _ = endings.begin(({ id }) => (ended.has(id) ? reason : undefined));
      await kernel.reviewSessions((session) => {
        const rule = rules.get(session.mark & sessionMarkMask);
        if (spare <= 0 || rule === undefined || idleSecondsOf(rule, session) < aging.idleSeconds) return undefined;
        spare--;
        ended.add(session.id);
        return { kind: "end", reason };
      });
      alarms.clear("sessions.unaged");
    } catch (error) {
      alarms.raise("sessions.unaged", "minor", `idle sessions cannot be ended early: ${String(error)}`);
    }
  }

  #stop(): void {
    this.#early = false;
    this.#gateway.alarms.clear("sessions.early-aging");
  }

  async #number(what: "count" | "max"): Promise<number | undefined> {
    const text = await this.#gateway.kernel.readSysctl(`net.netfilter.nf_conntrack_${what}`);
    return text === undefined ? undefined : Number(text);
  }
}

function rulesOf(ir: Ir): ReadonlyMap<number, IrRule> {
  return new Map(ir.contexts.flatMap(({ rules }) => rules.map((rule) => [rule.id, rule] as const)));
}

/** The kernel says how long a session may still be idle; 0 where it cannot be told for how long it has been. */
export function idleSecondsOf(rule: IrRule, { original, reply, tcpState, timeoutSeconds }: KernelSession): number {
  // A handshake and an end have times of their own, and short ones.
  if (timeoutSeconds === undefined || (tcpState !== undefined && tcpState !== "ESTABLISHED")) return 0;
  const { source, protocol, sourcePort, icmpType, icmpCode } = original;
  const whole = idleTimeOf(rule, {
    source,
    // As the policy saw it.
    destination: reply.source,
    protocol,
    ...(sourcePort === undefined || reply.sourcePort === undefined
      ? {}
      : { sourcePort, destinationPort: reply.sourcePort }),
    ...(icmpType === undefined || icmpCode === undefined ? {} : { icmpType, icmpCode }),
  });
  return whole === "never" ? 0 : Math.max(0, whole - timeoutSeconds);
}
