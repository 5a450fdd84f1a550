// The settings of a network namespace that the options of sessions need, by their names below /proc/sys. Idle times of
// established sessions are not here: they depend on nothing, and the gateway sets them once.

import type { FlowOptions } from "./flow-options.ts";

export interface KernelSetting {
  readonly name: string;
  readonly value: string;
  /** What is lost where the kernel does not take it. */
  readonly loss: string;
  /** It lets fewer packets pass than any other value: it comes before a change of policy, the others behind it. */
  readonly strict: boolean;
}

export function kernelSettings({ synCheck, sequenceCheck, seconds }: FlowOptions): readonly KernelSetting[] {
  const { initial, halfClosed, closed, reset } = seconds;
  return [
    check("tcp_loose", synCheck, "a TCP session may begin in its middle"),
    check("tcp_be_liberal", sequenceCheck, "sequence numbers are not checked"),
    timeout("syn_sent", initial, "a handshake"),
    timeout("syn_recv", initial, "a handshake"),
    timeout("fin_wait", halfClosed ?? 120, "a session that one side has closed"),
    timeout("close_wait", halfClosed ?? 60, "a session that one side has closed"),
    timeout("time_wait", closed, "a session that both sides have closed"),
    timeout("close", reset, "a session that was reset"),
  ];
}

function check(name: string, on: boolean, loss: string): KernelSetting {
  return { name: `net.netfilter.nf_conntrack_${name}`, value: on ? "0" : "1", loss, strict: on };
}

function timeout(state: string, seconds: number, what: string): KernelSetting {
  const loss = `${what} ends after another time`;
  return { name: `net.netfilter.nf_conntrack_tcp_timeout_${state}`, value: String(seconds), loss, strict: false };
}
