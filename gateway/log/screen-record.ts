// What the gateway says about a packet that shows an attack. At most one a second for each attack and zone: how many there
// were stands in the counters (`show security screen statistics`).

import type { AttackName } from "@merlon/compiler/screen/attacks.ts";

export interface ScreenRecord {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly attack: AttackName;
  readonly zone: string;
  /** The logical interface that the packet came in by, or the device where none is configured for it. */
  readonly interface: string;
  readonly action: "drop" | "alarm-without-drop";
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  /** IP protocol number. */
  readonly protocol: number;
}
