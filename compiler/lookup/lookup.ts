// An exact first-match lookup whose cost does not grow with the number of rules, as plain data. A packet's source and
// destination become classes; the pair of classes is a cell, and a cell leads to a node; the node and the class of the
// service give the rule that decides. Where wide and narrow addresses would multiply, they stand in stages of their own,
// and the earliest rule that any stage finds is the one.

import type { Family } from "@merlon/model/ip/address.ts";
import type { IrRule } from "../ir.ts";
import type { AddressValue, BlockKind } from "./address-pieces.ts";
import type { ServiceClasses } from "./service-classes.ts";
import type { ClassInterval, Ends } from "./sweep.ts";

export interface Lookup {
  readonly family: Family;
  /** In order; results are indexes into it. A packet that no rule matches gets no result. */
  readonly rules: readonly IrRule[];
  readonly sources: readonly AddressLevel[];
  readonly destinations: readonly AddressLevel[];
  readonly services: ServiceClasses;
  /**
   * Asked before everything else, where present: its cells know every rule, so what it finds is the result. It has only
   * the cells of narrow addresses on both sides.
   */
  readonly decisive?: Stage;
  /** In the order in which they are asked. */
  readonly stages: readonly Stage[];
  /** Which node the pair of a source and a destination class leads to; classes are unique among all stages. */
  readonly cells: readonly Cell[];
  /** Which rule decides in a node for a class of services. */
  readonly nodes: readonly NodeRow[];
  /**
   * Present where rules leave addresses out: `stages` takes such a rule for one that matches everything. Packets from or
   * to the addresses that some rule leaves out are asked about in these stages instead.
   */
  readonly exceptions?: {
    readonly sources: readonly Ends<AddressValue>[];
    readonly destinations: readonly Ends<AddressValue>[];
    readonly stages: readonly Stage[];
  };
}

/** One way to read an address. */
export type AddressLevel =
  /** Found by searching; addresses of no interval have no class. */
  | { readonly kind: "intervals"; readonly intervals: readonly ClassInterval<AddressValue>[] }
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
}

export interface Cell {
  readonly source: number;
  readonly destination: number;
  readonly node: number;
}

export interface NodeRow {
  readonly node: number;
  readonly service: number;
  /** Index of the rule that decides. */
  readonly rule: number;
}
