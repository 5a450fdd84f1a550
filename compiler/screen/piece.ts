// One or more rules of a check and the packets that they are for: where packets stand on their way through the kernel, their
// IP version, and their protocol where it matters.

import type { NftRule } from "../nft/program.ts";
import type { Family } from "./zone-objects.ts";

/**
 * `fragment`: fragments before they are put together. `packet`: whole packets before they belong to any session.
 * `session`: the packets that begin sessions, before destinations are translated.
 */
export type Place = "fragment" | "packet" | "session";

export const places = ["fragment", "packet", "session"] as const satisfies readonly Place[];

export interface Piece {
  readonly place: Place;
  readonly family: Family;
  readonly protocol?: number;
  readonly rules: readonly NftRule[];
}
