// What the main thread and the thread of one host say to each other. Plain data, cloned by the channel.

import type { ProbeRequest, ProbeResult } from "./probes/probe.ts";

export type HostRequest =
  /** Runs all probes at once and answers with all results, in the same order. */
  { readonly kind: "probe"; readonly id: number; readonly probes: readonly ProbeRequest[] };

export type HostReply =
  /** The services listen. */
  | { readonly kind: "ready" }
  | { readonly kind: "probed"; readonly id: number; readonly results: readonly ProbeResult[] };
