// One rule of the IR as rules of a pair chain: one per IP version and group of services that it needs, none where nothing
// can match. Each sets the mark of the session and hands the packet to the chain of the action.

import type { Family } from "@merlon/model/ip/address.ts";
import { formatPolicy } from "../explain.ts";
import type { Action, IrMatch, IrRule } from "../ir.ts";
import type { AddressCondition, AddressSets } from "./lower-addresses.ts";
import type { IdleTimes } from "./lower-idle-times.ts";
import { lowerServices } from "./lower-services.ts";
import type { ServiceCondition } from "./lower-services.ts";
import type { NftRule, NftStatement } from "./program.ts";
import { equals, goTo, nfproto, setMark, text } from "./statements.ts";
import { actionChains } from "./table-names.ts";

/** With `only`, what the rule means for packets of one IP version. */
export function lowerRule(
  rule: IrRule,
  addressSets: AddressSets,
  idleTimes: IdleTimes,
  only?: Family,
): readonly NftRule[] {
  const comment = formatPolicy(rule.policy);
  const end = [setMark(rule.id), goTo(chainOf(rule, idleTimes))];
  return lowerMatch(rule.match, rule.action, addressSets, only).map((statements) => ({
    statements: [...statements, ...end],
    comment,
  }));
}

/** A permitted session logs nothing here: connection events carry its mark. */
export function chainOf(rule: IrRule, idleTimes: IdleTimes): string {
  const logged = rule.log.sessionInit;
  switch (rule.action) {
    case "permit":
      return idleTimes.permitChain(rule);
    case "deny":
      return logged ? actionChains.denyAndLog : actionChains.deny;
    case "reject":
      return logged ? actionChains.rejectAndLog : actionChains.reject;
  }
}

function lowerMatch(
  match: IrMatch,
  action: Action,
  addressSets: AddressSets,
  only: Family | undefined,
): readonly (readonly NftStatement[])[] {
  if (match.kind === "nothing") return [];
  const source = addressSets.conditionsOf(match.source, action);
  const destination = addressSets.conditionsOf(match.destination, action);
  const services = lowerServices(match.services);
  const alive = (only === undefined ? ([4, 6] as const) : [only]).filter(
    (family) => source[family].kind !== "none" && destination[family].kind !== "none",
  );
  const free = (family: Family) => source[family].kind === "any" && destination[family].kind === "any";
  if (alive.length === 2 && free(4) && free(6)) return services.map(({ statements }) => statements);
  return alive.flatMap((family) => {
    const sides = lowerSides(source[family], destination[family], family, addressSets);
    return sides.flatMap((addresses) => services.flatMap((service) => withFamily(service, family, addresses, only)));
  });
}

/** Every way to be in both sides: each is the beginning of a rule. */
function lowerSides(
  source: AddressCondition,
  destination: AddressCondition,
  family: Family,
  addressSets: AddressSets,
): readonly (readonly NftStatement[])[] {
  const destinations = addressSets.alternativesOf(destination, family, "daddr");
  return addressSets
    .alternativesOf(source, family, "saddr")
    .flatMap((from) => destinations.map((to) => [...from, ...to]));
}

/**
 * The service stands first: a port is compared faster than an address is looked up, and most rules end there. The IP
 * version is asked for only where neither an address, nor the service, nor the chain implies it.
 */
function withFamily(
  { statements, impliedFamily }: ServiceCondition,
  family: Family,
  addresses: readonly NftStatement[],
  only: Family | undefined,
): readonly (readonly NftStatement[])[] {
  if (impliedFamily !== undefined && impliedFamily !== family) return [];
  if (addresses.length > 0 || impliedFamily !== undefined || only !== undefined) return [[...statements, ...addresses]];
  return [[equals(nfproto, text(family === 4 ? "ipv4" : "ipv6")), ...statements]];
}
