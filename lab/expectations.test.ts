// The truth table against the sentences of the white paper: here the promises are laws over all rows.

import { describe, expect, test } from "vitest";
import { changedTruths, expectationOf, initialTruths } from "./expectations.ts";
import type { Truth } from "./expectations.ts";
import { gatewayName, hostOf, hosts, serviceNames } from "./topology.ts";

const truthTables: readonly (readonly [string, readonly Truth[]])[] = [
  ["as configured", initialTruths],
  ["after the change", changedTruths],
];

/** All permitted or refused triples between different zones, the gateway left out. */
function crossing(truths: readonly Truth[]) {
  return hosts.flatMap((from) =>
    hosts
      .filter((to) => to.zone !== from.zone)
      .flatMap((to) =>
        serviceNames
          .map((service) => ({ from, to, service, ...expectationOf(truths, from.name, to.name, service) }))
          .filter(({ expectation }) => expectation !== "filtered"),
      ),
  );
}

describe.each(truthTables)("the truths %s", (_, truths) => {
  test("nobody reaches finance from another segment", () => {
    expect(crossing(truths).filter(({ to }) => to.zone === "finance")).toEqual([]);
  });

  test("the web tier never initiates to the internet", () => {
    expect(crossing(truths).filter(({ from, to }) => from.zone === "web" && to.zone === "internet")).toEqual([]);
  });

  test("in app only the application server reaches the data store", () => {
    const reaching = crossing(truths).filter(({ from, to }) => from.zone === "app" && to.zone === "data");
    expect(reaching.map(({ from, service }) => `${from.name} ${service}`)).toEqual(["app-server postgresql"]);
  });

  test("there is a refused pair, and only one", () => {
    const refused = crossing(truths).filter(({ expectation }) => expectation === "refused");
    expect(refused.map(({ from, to, service }) => `${from.name} ${to.name} ${service}`)).toEqual([
      "finance-pc internet http",
    ]);
  });

  test("every row names hosts and says why", () => {
    for (const { from, to, because } of truths) {
      expect(hostOf(from)).toBeDefined();
      if (to !== gatewayName) expect(hostOf(to)).toBeDefined();
      expect(because).not.toBe("");
    }
  });

  test("no row contradicts another", () => {
    const seen = new Map<string, string>();
    for (const { from, to, services, expectation } of truths) {
      for (const service of services) {
        const key = `${from} ${to} ${service}`;
        expect(seen.get(key) ?? expectation).toBe(expectation);
        seen.set(key, expectation);
      }
    }
  });

  test("neighbours on one switch reach each other by everything", () => {
    for (const service of serviceNames) {
      expect(expectationOf(truths, "app-desk", "app-server", service).expectation).toBe("open");
    }
  });
});

test("the web tier initiates nothing at all until the change lets it read its reports", () => {
  const fromWeb = (truths: readonly Truth[]) =>
    crossing(truths)
      .filter(({ from }) => from.zone === "web")
      .map(({ to, service }) => `${to.name} ${service}`);
  expect(fromWeb(initialTruths)).toEqual([]);
  expect(fromWeb(changedTruths)).toEqual(["data-store postgresql"]);
});

test("the change opens one thing and closes another", () => {
  const key = ({ from, to, service }: ReturnType<typeof crossing>[number]) => `${from.name} ${to.name} ${service}`;
  const before = new Set(crossing(initialTruths).map(key));
  const after = new Set(crossing(changedTruths).map(key));
  expect([...after].filter((it) => !before.has(it))).toEqual(["web-server data-store postgresql"]);
  expect([...before].filter((it) => !after.has(it))).toEqual(["app-server internet dns", "app-desk internet dns"]);
});
