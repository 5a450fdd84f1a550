// An exact first-match lookup whose cost does not grow with the number of rules, as plain data. A packet's source and
// destination become classes; the pair of classes is a cell, and a cell leads to a node; the node and the class of the
// service give the rule that decides. Where wide and narrow addresses would multiply, they stand in stages of their
// own, and the earliest rule that any stage finds is the one.

import type { Family } from "@merlon/model/ip/address.ts";
import type { IrRule } from "../ir.ts";
import type { AddressValue, BlockKind } from "./address-pieces.ts";
import type { ServiceClasses } from "./service-classes.ts";
import type { SharedKind } from "./shared-addresses.ts";
import type { ClassInterval, Ends } from "./sweep.ts";
import type { SureWinners } from "./sure-winners.ts";
import type { Cells } from "./cells.ts";
import type { Triples } from "./triples.ts";

export interface Lookup {
  readonly family: Family;
  /** In order; results are indexes into it. A packet that no rule matches gets no result. */
  readonly rules: readonly IrRule[];
  readonly sources: readonly AddressLevel[];
  readonly destinations: readonly AddressLevel[];
  readonly services: ServiceClasses;
  /**
   * Present where one chain serves packets of all protocols: so many bits of a number hold the index of a rule, and there
   * is an index more than there are rules; the others have room for the class of a service.
   */
  readonly ruleBits?: number;
  /**
   * Where it is present, stages that ask for narrow addresses on both sides come first, and what they find is the result
   * when the rule is sure.
   */
  readonly sure?: SureWinners;
  /** In the order in which they are asked. */
  readonly stages: readonly Stage[];
  /**
   * Source class, destination class, and the node that they lead to; classes are unique among all stages. Those of each pair of
   * levels by themselves, because the kernel looks at a row once for every rule that asks its map.
   */
  readonly cells: readonly Cells[];
  /** Node, class of services, and the index of the rule that decides. */
  readonly nodes: Triples;
  /** Cells of stages that are exceptional. */
  readonly exceptionalCells?: Cells;
  /**
   * Present where rules leave addresses out: `stages` takes such a rule for one that matches everything. Packets from or
   * to the addresses in which that would be wrong are asked about in these stages instead.
   */
  readonly exceptions?: {
    readonly sources: readonly Ends<AddressValue>[];
    readonly destinations: readonly Ends<AddressValue>[];
    readonly stages: readonly Stage[];
  };
}

/** One way to read an address. */
export type AddressLevel =
  /** Found by searching; addresses of no interval have the class `rest`, or none. */
  | {
      readonly kind: "intervals";
      readonly intervals: readonly ClassInterval<AddressValue>[];
      readonly rest?: number;
    }
  /** The classes of single addresses or of blocks that all lookups share. */
  | { readonly kind: "shared"; readonly piece: SharedKind }
  /** Found by the bits that name a piece; each interval is whole pieces. `rest` is the class of all other addresses. */
  | {
      readonly kind: "pieces";
      readonly piece: BlockKind;
      readonly intervals: readonly ClassInterval<AddressValue>[];
      readonly rest?: number;
    }
  /** One class for all addresses. */
  | { readonly kind: "constant"; readonly class: number };

/** Indexes of the levels that are asked. */
export interface Stage {
  readonly source: number;
  readonly destination: number;
  /** Which of the cells are its own; absent where they are the exceptional ones. */
  readonly cells?: number;
  /** Asked only where the exceptional cells have none for these levels; class 0 stands for no exception. */
  readonly unless?: readonly { readonly source: number; readonly destination: number }[];
}
