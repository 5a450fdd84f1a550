// The OpenAPI document is what the routes and operations make it, and says of them what is true.
// UPDATE_GOLDEN=1 writes it again.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { operations } from "../../ops/operations.ts";
import { ownVersion } from "../../ops/show-version.ts";
import { openApiDocument } from "./open-api.ts";
import type { Json } from "./open-api.ts";
import { operationData } from "./operation-data.ts";
import { routes } from "./routes.ts";

const document = openApiDocument({ routes, operations, data: operationData, version: ownVersion });
const text = `${JSON.stringify(document, undefined, 1)}\n`;
const file = join(import.meta.dirname, "openapi.json");

/** Every object in it, with its place. */
function* objectsIn(value: unknown, place = "#"): Generator<readonly [string, Json]> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield [place, value as Json];
  for (const [name, one] of Object.entries(value)) yield* objectsIn(one, `${place}/${name}`);
}

test("the file is what is made; UPDATE_GOLDEN=1 makes it so", () => {
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  expect(readFileSync(file, "utf8")).toBe(text);
});

describe("the document", () => {
  const paths = document["paths"] as Readonly<Record<string, Readonly<Record<string, Json>>>>;
  const asked = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, one]) => ({ path, method, one }))); // prettier-ignore

  test("has a path for each route and each operation", () => {
    expect(asked).toHaveLength(routes.length + operations.length);
  });

  test("names each request once", () => {
    const ids = asked.map(({ one }) => one["operationId"]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z][A-Za-z0-9-]+$/);
  });

  test("says what every parameter in a path is", () => {
    for (const { path, one } of asked) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const described = ((one["parameters"] ?? []) as readonly Json[]).filter((each) => each["in"] === "path");
      expect(described.map(({ name }) => name)).toEqual(inPath);
      expect(described.every(({ required }) => required === true)).toBe(true);
    }
  });

  test("refers to nothing that is not there", () => {
    for (const [place, { $ref }] of objectsIn(document)) {
      if (typeof $ref !== "string") continue;
      const found = $ref
        .slice(2)
        .split("/")
        .reduce<unknown>((at, name) => (at as Json | undefined)?.[name], document);
      expect(found, place).toBeTypeOf("object");
    }
  });

  test("holds schemas that mean something", () => {
    const kinds = new Set(["object", "array", "string", "number", "integer", "boolean", "null"]);
    for (const [place, { type, properties }] of objectsIn(document)) {
      if (place.endsWith("/properties") || typeof type !== "string" || place.includes("/securitySchemes")) continue;
      expect(kinds, place).toContain(type);
      if (properties !== undefined) expect(type, place).toBe("object");
    }
  });

  test("answers every request with a form, and every refusal with a problem", () => {
    for (const { one, path } of asked) {
      const responses = one["responses"] as Readonly<Record<string, Json>>;
      expect(Object.keys(responses["200"]?.["content"] ?? {}), path).not.toEqual([]);
      for (const [status, response] of Object.entries(responses))
        if (status !== "200") expect(response).toEqual({ $ref: `#/components/responses/Problem${status}` });
    }
  });
});
