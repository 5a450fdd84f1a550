// What the parts of `security nat` are resolved with.

import type { Configuration } from "@merlon/model/schema/configuration.ts";
import type { AddressMembers } from "../address-members.ts";
import type { DiagnosticList } from "../diagnostic-list.ts";
import type { AddressSetName, IrInterface, IrZone } from "../ir.ts";
import type { AddressResolver } from "../resolve-addresses.ts";
import type { ApplicationResolver } from "../resolve-applications.ts";

export type NatConfiguration = NonNullable<NonNullable<Configuration["security"]>["nat"]>;

export interface NatContext {
  readonly addresses: AddressResolver;
  readonly applications: ApplicationResolver;
  readonly diagnostics: DiagnosticList;
  readonly zones: readonly IrZone[];
  readonly interfaces: readonly IrInterface[];
  /** Filled with every address set that a rule names. */
  readonly addressSets: Map<AddressSetName, AddressMembers>;
}
