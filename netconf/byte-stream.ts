// A connection as NETCONF sees it: bytes in, bytes out. The shell of the house makes one of an SSH channel or a socket;
// here nothing knows what carries it.

export interface ByteStream {
  /** Ends when the other side ends; read by one reader. What is not asked for is not read from the connection. */
  readonly incoming: AsyncIterable<Uint8Array>;
  /** Resolves when the other side can take more; rejects when the connection is gone. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Ends the connection after what was written. */
  readonly close: () => void;
}
