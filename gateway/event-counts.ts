// How often things happened since this process began, for metrics.

import type { GatewayEvent } from "./api.ts";
import type { FlowRecord } from "./log/flow-record.ts";

export class EventCounts {
  readonly flows: Record<FlowRecord["kind"], number> = { "session-create": 0, "session-close": 0, "session-deny": 0 };
  /** Log records that were lost, where the kernel said how many. */
  readonly lost: Record<"sessions" | "packets" | "subscriber", number> = { sessions: 0, packets: 0, subscriber: 0 };
  /** How often some were lost, whether or not it said how many. */
  readonly losses: Record<"sessions" | "packets" | "subscriber", number> = { sessions: 0, packets: 0, subscriber: 0 };
  /** Answers to HTTP requests of the network, by their status. */
  readonly httpAnswers = new Map<number, number>();
  commits = 0;
  alarms = 0;

  addHttpAnswer(status: number): void {
    this.httpAnswers.set(status, (this.httpAnswers.get(status) ?? 0) + 1);
  }

  add(event: GatewayEvent): void {
    switch (event.kind) {
      case "flow":
        this.flows[event.record.kind] += 1;
        return;
      case "lost":
        this.lost[event.source] += event.count ?? 0;
        this.losses[event.source] += 1;
        return;
      case "committed":
        this.commits += 1;
        return;
      case "alarm":
        this.alarms += 1;
        return;
      case "alarm-cleared":
        return;
    }
  }
}
