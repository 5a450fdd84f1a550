// How paths and headers are read, whatever is in them.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { acceptedTypes, jsonLine } from "./exchange.ts";
import { matchPath } from "./route.ts";

describe("a path", () => {
  test.each<[pattern: string, path: string, found: Record<string, string> | undefined]>([
    ["/v1/command", "/v1/command", {}],
    ["/v1/command", "/v1/command/", undefined],
    ["/v1/command", "/v1", undefined],
    ["/v1/operation/{name}", "/v1/operation/show-version", { name: "show-version" }],
    ["/v1/operation/{name}", "/v1/operation/a%2Fb", { name: "a/b" }],
    ["/v1/operation/{name}", "/v1/operation/a/b", undefined],
    ["/v1/operation/{name}", "/v1/operation/", undefined],
    ["/v1/operation/{name}", "/v1/operation/%ff", undefined],
    ["/rpc/{rest*}", "/rpc/get-x", { rest: "get-x" }],
    ["/rpc/{rest*}", "/rpc/get-x/a%2Fb/c", { rest: "get-x/a%2Fb/c" }],
    ["/rpc/{rest*}", "/rpc", undefined],
    ["/rpc/{rest*}", "/rpc/", undefined],
    ["/", "/", {}],
  ])("%s and %s", (pattern, path, found) => {
    expect(matchPath(pattern, path)).toEqual(found);
  });

  test("is read without an error, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        matchPath("/v1/operation/{name}", `/v1/operation/${text}`);
        matchPath("/rpc/{rest*}", `/${text}`);
      }),
    );
  });
});

describe("accept", () => {
  test.each([
    ["text/plain", ["text/plain"]],
    ["text/plain;q=0.2, application/json", ["application/json", "text/plain"]],
    ["a/b;q=0, c/d;level=1;q=0.5", ["c/d"]],
    ["A/B ; Q=0.1", ["a/b"]],
    ["a/b;q=nonsense", []],
  ])("%s", (header, types) => {
    expect(acceptedTypes(header).map(({ type }) => type)).toEqual(types);
  });

  test("is read without an error and within a limit, whatever it is", () => {
    fc.assert(fc.property(fc.string(), (text) => acceptedTypes(text).every(({ weight }) => weight > 0)));
    expect(acceptedTypes("a/b,".repeat(10_000)).length).toBeLessThan(100);
  });
});

test("a line is one line, and says the same", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const line = jsonLine({ text });
      expect(line.split(/[\n\u2028\u2029]/)).toHaveLength(2);
      expect(JSON.parse(line)).toEqual({ text });
    }),
  );
  expect(jsonLine({ big: 2n ** 70n })).toBe('{"big":"1180591620717411303424"}\n');
});
