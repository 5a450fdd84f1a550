// Gives every event to every subscriber. A subscriber that does not keep up loses events beyond its queue, and is told
// how many; nobody slows down the gateway or another subscriber.

import type { GatewayEvent } from "./api.ts";
import { EventCounts } from "./event-counts.ts";
import { RecentDrops } from "./log/recent-drops.ts";

/** Events that may wait for one subscriber. */
export const queueCountMax = 10_000;
export const subscribersMax = 64;

interface Subscriber {
  queue: GatewayEvent[];
  lostCount: number;
  wake: (() => void) | undefined;
}

export class EventHub {
  /** What was dropped before somebody asked. */
  readonly drops = new RecentDrops();
  readonly counts = new EventCounts();
  readonly #subscribers = new Set<Subscriber>();

  publish(event: GatewayEvent): void {
    this.counts.add(event);
    if (event.kind === "flow" && event.record.kind === "session-deny") this.drops.add(event.record);
    for (const subscriber of this.#subscribers) {
      if (subscriber.queue.length >= queueCountMax) {
        subscriber.lostCount++;
        this.counts.lost.subscriber++;
      } else subscriber.queue.push(event);
      subscriber.wake?.();
    }
  }

  get subscriberCount(): number {
    return this.#subscribers.size;
  }

  /** Batches of events from now on, until the signal aborts. The subscription stands when this function returns. */
  subscribe(signal: AbortSignal): AsyncGenerator<readonly GatewayEvent[]> {
    const subscriber: Subscriber = { queue: [], lostCount: 0, wake: undefined };
    this.#subscribers.add(subscriber);
    signal.addEventListener("abort", () => {
      this.#subscribers.delete(subscriber);
      subscriber.wake?.();
    });
    return deliver(subscriber, signal);
  }
}

async function* deliver(subscriber: Subscriber, signal: AbortSignal): AsyncGenerator<readonly GatewayEvent[]> {
  while (!signal.aborted) {
    if (subscriber.queue.length === 0) {
      await new Promise<void>((resolve) => {
        subscriber.wake = resolve;
      });
      subscriber.wake = undefined;
      continue;
    }
    const batch = subscriber.queue;
    const lost = subscriber.lostCount;
    subscriber.queue = [];
    subscriber.lostCount = 0;
    yield lost === 0 ? batch : [...batch, { kind: "lost", source: "subscriber", count: lost }];
  }
}
