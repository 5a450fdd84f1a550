// How lines of a log leave the machine. A transport is one attempt: when it fails it is closed and another one is opened.

export interface Transport {
  /**
   * Hands lines to the system, in order. Resolves when it has taken them, which is later than at once where the collector
   * is slow. Throws when it cannot; then any number of the lines may have gone.
   */
  send(lines: readonly string[]): Promise<void>;
  close(): void;
}

export interface Collector {
  /** An address or a name. */
  readonly host: string;
  readonly port: number;
  readonly protocol: "udp" | "tcp" | "tls";
  /** The address that lines are sent from. */
  readonly sourceAddress?: string;
  /** Certificates that the collector's must come from, as PEM. Nothing else is trusted. */
  readonly trusted?: string;
}

export type OpenTransport = (collector: Collector, signal: AbortSignal) => Promise<Transport>;
