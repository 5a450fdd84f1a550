// `show security flow status`: how packets are forwarded, as far as it can be told in one word. The original's hardware
// modes are left out: there is nothing here that they could be about. The fast path is ours to tell.

import type { Ir } from "@merlon/compiler/ir.ts";
import type { Family } from "@merlon/model/ip/address.ts";
import { logicalNames } from "./interface-names.ts";
import { operation } from "./operation.ts";
import { field, group, reply } from "./reply.ts";

type Mode = "flow based" | "drop";

export interface FlowStatus {
  /** Nothing is forwarded where no policy is in force. */
  readonly mode: Mode;
  /** Of IPv6. */
  readonly mode6: Mode;
  readonly sequenceCheck: boolean;
  /** Bytes that any segment may have at most. */
  readonly segmentSizeMax?: number;
  /** Whose established sessions the kernel forwards without the chains. */
  readonly fastInterfaces: readonly string[];
}

export const showSecurityFlowStatus = operation<FlowStatus>({
  command: "show security flow status",
  help: "Show how packets are forwarded",
  parameters: [],
  run: async ({ running }) => flowStatus(running?.prepared.ir),
  text: ({ mode, mode6, sequenceCheck, segmentSizeMax, fastInterfaces }) =>
    [
      "  Flow forwarding mode:",
      `    Inet forwarding mode: ${mode}`,
      `    Inet6 forwarding mode: ${mode6}`,
      "    MPLS forwarding mode: drop",
      "    ISO forwarding mode: drop",
      "    Tap mode: disabled (default)",
      "  Flow tcp options",
      `    TCP sequence check: ${onOff(sequenceCheck)}`,
      ...(segmentSizeMax === undefined ? [] : [`    TCP MSS: ${segmentSizeMax}`]),
      "  Flow trace status",
      "    Flow tracing status: off",
      "  Flow fast path",
      `    Fast path status: ${onOff(fastInterfaces.length > 0)}`,
      ...(fastInterfaces.length === 0 ? [] : [`    Interfaces: ${fastInterfaces.join(", ")}`]),
      "  Flow Drop-flow Summary:",
      "    Maximum Drop-flow sessions: 0",
      "",
    ].join("\n"),
  rpc: {
    name: "get-flow-status-all",
    reply: ({ mode, mode6, sequenceCheck, segmentSizeMax, fastInterfaces }) =>
      reply(
        "flow-status-all",
        "junos-flow",
        group(
          "flow-forwarding-mode",
          field("flow-forwarding-mode-inet", mode),
          field("flow-forwarding-mode-inet6", mode6),
          field("flow-forwarding-mode-mpls", "drop"),
          field("flow-forwarding-mode-iso", "drop"),
          field("flow-tap-mode", "disabled (default)"),
        ),
        group(
          "flow-tcp-options",
          field("flow-tcp-sequence-check", onOff(sequenceCheck)),
          field("flow-tcp-mss", segmentSizeMax),
        ),
        group("flow-trace-option", field("flow-trace-status", "off")),
        group(
          "flow-fast-path",
          field("fast-path-status", onOff(fastInterfaces.length > 0)),
          fastInterfaces.flatMap((name) => field("interface-name", name) ?? []),
        ),
        group("flow-drop-flow", field("drop-flow-max-sess", 0)),
      ),
  },
});

function flowStatus(ir: Ir | undefined): FlowStatus {
  if (ir === undefined) return { mode: "drop", mode6: "drop", sequenceCheck: true, fastInterfaces: [] };
  const nameOf = logicalNames(ir);
  const { sequenceCheck = true, segmentSizeMax, offload, droppedFamilies = [] } = ir.flow ?? {};
  const modeOf = (family: Family): Mode => (droppedFamilies.includes(family) ? "drop" : "flow based");
  const fastDevices = offload === false ? [] : (ir.fastDevices ?? []);
  return {
    mode: modeOf(4),
    mode6: modeOf(6),
    sequenceCheck,
    ...(segmentSizeMax === undefined ? {} : { segmentSizeMax }),
    fastInterfaces: fastDevices.map(nameOf).toSorted(),
  };
}

function onOff(value: boolean): "on" | "off" {
  return value ? "on" : "off";
}
