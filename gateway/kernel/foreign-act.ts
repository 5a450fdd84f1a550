// What a rule of somebody else's does beside passing a packet on.

export type ForeignAct =
  | "drops"
  | "translates"
  | "untracks"
  /** A program decides about the packet, and may change it. */
  | "queues"
  | "offloads"
  /** The connection mark loses bits in which Merlon keeps the policy of a session. */
  | "remarks"
  /** The packet gets a mark. */
  | "marks"
  /** The session gets a label, where Merlon keeps its translation. */
  | "relabels"
  /** Not all events of a session are told any more. */
  | "silences"
  /** What a session announces belongs to it. */
  | "expects"
  /** The packet leaves by another device at once. */
  | "diverts"
  | "copies"
  /** A program on this host gets the packet, whomever it is for. */
  | "intercepts"
  /** TCP is answered in the place of the server (SYN proxy). */
  | "answers";
