// What the load thread is asked to do and what it answers: plain data, because it travels between threads.

import type { Family } from "@merlon/model/ip/address.ts";
import type { NumberedStream } from "./numbered-stream.ts";

/** Where frames enter: the namespace of a zone's host, and the gateway's address on that link. */
export interface FlowEntry {
  readonly family: Family;
  readonly host: string;
  readonly gatewayMac: string;
  readonly addresses: readonly { readonly source: number; readonly destination: number }[];
  /** Of `same-flows`; new flows have one after the other. */
  readonly sourcePort?: number;
  readonly destinationPort: number;
}

export interface ConnectionEntry {
  readonly family: Family;
  readonly fromHost: string;
  readonly toHost: string;
  readonly addresses: readonly { readonly source: number; readonly destination: number }[];
  readonly port: number;
}

export type LoadJob =
  /** A UDP frame of 60 bytes for each flow, every one with another 5-tuple; in turn through all entries. */
  | { readonly kind: "new-flows"; readonly entries: readonly FlowEntry[]; readonly limit: LoadLimit }
  /** Frames of one flow to each pair of addresses of the entry. */
  | { readonly kind: "same-flows"; readonly entries: readonly FlowEntry[]; readonly limit: LoadLimit }
  /** TCP connections that are opened, accepted and closed, one after the other. */
  | { readonly kind: "connections"; readonly entries: readonly ConnectionEntry[]; readonly limit: LoadLimit }
  /** One TCP connection full of data. */
  | { readonly kind: "stream"; readonly entry: ConnectionEntry; readonly limit: LoadLimit }
  /** New flows at a rate, each with its number. */
  | { readonly kind: "numbered"; readonly stream: NumberedStream };

/** Carries out one job at a time. */
export interface LoadRunner {
  readonly run: (job: LoadJob) => Promise<LoadReport>;
}

/** A job ends at whichever comes first; the duration is the thread's own time. */
export interface LoadLimit {
  readonly durationMs: number;
  readonly countMax: number;
}

export interface LoadReport {
  /** Frames sent, connections made, or bytes received. */
  readonly count: number;
  readonly wallNs: number;
  /** What the thread itself needed; `wallNs` when the thread's clock leaves packets out. */
  readonly threadNs: number;
  /** Of `connections`: the time of each connect(), nanoseconds. */
  readonly connectNs?: readonly number[];
}
