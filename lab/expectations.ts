// The truth table of the demo in people's terms, written from the promises of the white paper and not from the
// configuration file: who may reach whom by what. Whatever is not named here must be met with silence.

import { gatewayName, hosts, serviceNames, zones } from "./topology.ts";
import type { ServiceName } from "./topology.ts";

/** What a probe must find. */
export type Expectation = "open" | "refused" | "filtered";

export interface Truth {
  readonly from: string;
  readonly to: string;
  readonly services: readonly ServiceName[];
  readonly expectation: Exclude<Expectation, "filtered">;
  /** Why, as one would say it to a colleague. */
  readonly because: string;
}

function may(from: string, to: string, services: readonly ServiceName[], because: string): Truth {
  return { from, to, services, expectation: "open", because };
}

const visitors = may("internet", "web-server", ["http"], "the web tier is there for the internet");
const appNames = ["app-server", "app-desk"].map((from) =>
  may(from, "internet", ["dns"], "the application segment resolves names"),
);

/** Machines on one switch talk without the gateway; no zone firewall between segments can see them. */
const neighbours: readonly Truth[] = hosts.flatMap((from) =>
  hosts
    .filter((to) => to !== from && to.zone === from.zone)
    .map((to) => may(from.name, to.name, serviceNames, "both are on one switch")),
);

const pingTheGateway: readonly Truth[] = hosts
  .filter(({ zone }) => zone !== "internet")
  .map(({ name }) => may(name, gatewayName, ["ping"], "the gateway answers ping from inside"));

const always: readonly Truth[] = [
  ...neighbours,
  ...pingTheGateway,
  visitors,
  may("finance-pc", "app-server", ["http", "ping"], "finance uses the application and looks after it"),
  may("finance-pc", "web-server", ["ping"], "finance runs the help desk"),
  may("finance-pc", "data-store", ["ping"], "finance runs the help desk"),
  may("finance-pc", "internet", ["dns"], "finance resolves names"),
  {
    from: "finance-pc",
    to: "internet",
    services: ["http"],
    expectation: "refused",
    because: "finance does not browse, and is told so at once",
  },
  may("app-server", "web-server", ["http"], "the application servers publish to the web tier"),
  may("app-server", "data-store", ["postgresql"], "only the application servers reach the data store"),
];

export const initialTruths: readonly Truth[] = [...always, ...appNames];

/** The change that the demo commits: the web tier gets its reports, the application segment loses its resolver. */
export const changeLines: readonly string[] = [
  "set security policies from-zone web to-zone data policy reporting match source-address web-servers",
  "set security policies from-zone web to-zone data policy reporting match destination-address data-stores",
  "set security policies from-zone web to-zone data policy reporting match application postgresql",
  "set security policies from-zone web to-zone data policy reporting then permit",
  "set security policies from-zone web to-zone data policy reporting then log session-close",
  "delete security policies from-zone app to-zone internet policy resolve-names",
];

export const changedTruths: readonly Truth[] = [
  ...always,
  may("web-server", "data-store", ["postgresql"], "the web tier reads its reports since the change"),
];

/** What a probe from one host to another must find under these truths. */
export function expectationOf(
  truths: readonly Truth[],
  from: string,
  to: string,
  service: ServiceName,
): { readonly expectation: Expectation; readonly because: string } {
  const truth = truths.find((row) => row.from === from && row.to === to && row.services.includes(service));
  if (truth === undefined) return { expectation: "filtered", because: "everything else is denied" };
  return { expectation: truth.expectation, because: truth.because };
}

/** The zones' interfaces as `show interfaces` must show them. */
export const interfaceMapping: readonly { readonly name: string; readonly device: string }[] = zones.map((zone) => ({
  name: zone.gatewayInterface,
  device: zone.gatewayDevice,
}));

/** The policy that must have decided about an attempt that was stopped, as an operator would look it up. */
export function denyingPolicyOf(fromZone: string, toZone: string, service: ServiceName): string {
  if (toZone === "junos-host") return "host-inbound-traffic";
  if (toZone === "finance") return "nobody-enters-finance";
  if (fromZone === "web" && toZone === "internet") return "never-calls-out";
  if (fromZone === "finance" && toZone === "internet" && service === "http") return "no-browsing";
  return "default-policy";
}
