// The OpenAPI 3.1 document, made of the routes and of the operational commands with their parameters. It is kept beside this
// file, and a test says when it is not what this makes. Pure.

import { z } from "zod";
import type { AnyOperation, Parameter } from "../../ops/operation.ts";
import { commandResult, diagnostic, problem } from "./api-schemas.ts";
import { operationForms } from "./operation-route.ts";
import { problemTitles } from "./problem.ts";
import type { ProblemStatus } from "./problem.ts";
import type { AnswerForm, Route } from "./route.ts";

export type Json = { readonly [name: string]: unknown };

/** What any request may be answered with. */
const commonProblems: readonly ProblemStatus[] = [400, 401, 403, 429, 503];
const operationPath = "/v1/operation/{name}";

const tags: readonly { readonly name: string; readonly description: string }[] = [
  { name: "operations", description: "Operational commands by their names, as data" },
  { name: "configuration", description: "Candidate, commit, confirmation, rollback" },
  { name: "shell", description: "Lines as they are typed" },
  { name: "monitoring", description: "Metrics and events" },
  { name: "original", description: "The requests of NETCONF, as the REST interface of the original takes them" },
];

export interface OpenApiOptions {
  readonly routes: readonly Route[];
  readonly operations: readonly AnyOperation[];
  /** Schemas of the data of operations, by their names. */
  readonly data: Readonly<Record<string, z.ZodType>>;
  readonly version: string;
}

export function openApiDocument({ routes, operations, data, version }: OpenApiOptions): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replace("*}", "}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route) };
    if (route.path !== operationPath) continue;
    for (const operation of operations)
      paths[`/v1/operation/${operation.name}`] = { post: describeOperation(operation, data[operation.name]) };
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Merlon gateway",
      version,
      description:
        "The gateway's interface for programs, on the local socket and on the listeners of `system services rest`. Who may do " +
        "what follows from his login class, as at the shell.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ password: [] }, { token: [] }, { certificate: [] }],
    tags,
    paths,
    components: {
      securitySchemes: {
        password: { type: "http", scheme: "basic", description: "A user of system login" },
        token: { type: "http", scheme: "bearer", description: "Made by request system api-token create" },
        certificate: { type: "mutualTLS", description: "The common name is the user" },
      },
      responses: Object.fromEntries(statuses.map((status) => [`Problem${status}`, problemResponse(status)])),
      schemas: Object.fromEntries(Object.entries(components).map(([name, schema]) => [name, definitionOf(schema)])),
    },
  };
}

function describeRoute(route: Route): Json {
  const { path, method, summary, description, tag, answers, problems = [], open, body, bodyForms, query } = route;
  const parameters = [...pathParameters(route), ...queryParameters(query)];
  const forms: readonly AnswerForm[] =
    body === undefined ? (bodyForms ?? []) : [{ type: "application/json", schema: body }];
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[^A-Za-z0-9]+(\w)?/g, (_, letter: string | undefined) => (letter ?? "").toUpperCase())}`, // prettier-ignore
    summary,
    ...(description !== undefined && { description }),
    tags: [tag],
    ...(open === true && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(forms.length > 0 && { requestBody: { required: body !== undefined, content: contentOf(forms) } }),
    responses: {
      200: { description: "What was asked for", content: contentOf(answers) },
      ...problemResponses(open === true ? [400] : [...commonProblems, ...problems]),
    },
  };
}

function pathParameters({ path, parameters = {} }: Route): readonly Json[] {
  return [...path.matchAll(/\{([a-z]+)\*?\}/g)].map(([, name = ""]) => {
    return {
      name,
      in: "path",
      required: true,
      description: parameters[name]?.help ?? name,
      schema: { type: "string" },
    };
  });
}

function queryParameters(query: z.ZodType | undefined): readonly Json[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(query) as {
    readonly properties?: Readonly<Record<string, Json>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => {
    const about = description === undefined ? {} : { description };
    return { name, in: "query", required: required.includes(name), ...about, schema };
  });
}

function contentOf(forms: readonly AnswerForm[]): Json {
  return Object.fromEntries(
    forms.map(({ type, schema }) => [type, { schema: schema === undefined ? { type: "string" } : schemaOf(schema) }]),
  );
}

const statuses = Object.keys(problemTitles).map(Number) as readonly ProblemStatus[];

function problemResponse(status: ProblemStatus): Json {
  return { description: problemTitles[status], content: contentOf([{ type: "application/problem+json", schema: problem }]) }; // prettier-ignore
}

function problemResponses(asked: readonly ProblemStatus[]): Json {
  return Object.fromEntries(asked.map((status) => [status, { $ref: `#/components/responses/Problem${status}` }]));
}

/** Shapes with a name, which others refer to. */
const components: Readonly<Record<string, z.ZodType>> = {
  CommandResult: commandResult,
  Diagnostic: diagnostic,
  Problem: problem,
};

/** As it may be written: what answers have beyond it is no mistake of theirs. */
function jsonSchema(schema: z.ZodType): Json {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Json;
}

function schemaOf(schema: z.ZodType): Json {
  return referring(jsonSchema(schema)) as Json;
}

/** A shape with a name, itself and not a reference. */
function definitionOf(schema: z.ZodType): Json {
  const made = jsonSchema(schema);
  const { id } = schema.meta() ?? {};
  const definitions = (made["$defs"] ?? {}) as Readonly<Record<string, Json>>;
  return referring(definitions[String(id)] ?? made) as Json;
}

/** References lead to the components of the document; what says nothing is left out. */
function referring(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(referring);
  if (typeof value !== "object" || value === null) return value;
  const { $ref } = value as Json;
  if (typeof $ref === "string") return { $ref: $ref.replace("#/$defs/", "#/components/schemas/") };
  const kept = Object.entries(value).filter(([name, one]) => !saysNothing(name, one));
  return Object.fromEntries(kept.map(([name, one]) => [name, referring(one)]));
}

function saysNothing(name: string, value: unknown): boolean {
  switch (name) {
    case "$schema":
    case "$defs":
      return true;
    case "id":
      return typeof value === "string";
    case "readOnly":
      return value === true;
    case "minimum":
    case "maximum":
      return Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER;
    default:
      return false;
  }
}

function describeOperation(operation: AnyOperation, data: z.ZodType | undefined): Json {
  const { name, words, help, parameters, rpcName, stream } = operation;
  const body = {
    type: "object",
    properties: Object.fromEntries([...parameters.map((one) => [one.word, parameterSchema(one)]), sessionParameter]),
    required: parameters.filter(({ required }) => required === true).map(({ word }) => word),
    additionalProperties: false,
  };
  const schema = {
    type: "object",
    properties: { ok: { const: true }, data: data === undefined ? {} : schemaOf(data) },
    required: ["ok", "data"],
  };
  const [json, ...others] = operationForms;
  return {
    operationId: name,
    summary: help,
    description: [
      `\`${words.join(" ")}\``,
      ...(rpcName === undefined ? [] : [`NETCONF: \`<${rpcName}>\``]),
      ...(stream === undefined ? [] : ["As text it comes while it is made."]),
    ].join(". "),
    tags: ["operations"],
    requestBody: { required: false, content: { "application/json": { schema: body } } },
    responses: {
      200: {
        description: "What the command answers",
        content: { [json]: { schema }, ...contentOf(others.map((type) => ({ type }))) },
      },
      ...problemResponses([...commonProblems, 404, 409, 422]),
    },
  };
}

const sessionParameter = ["session", { type: "string", description: "The session whose candidate is meant" }] as const;

function parameterSchema({ help, type }: Parameter): Json {
  if (type === undefined) return { const: true, description: help };
  const { words, placeholder } = type;
  if (words !== undefined) return { type: "string", enum: Object.keys(words), description: help };
  const range = /^<(\d+)\.\.(\d+)>$/.exec(placeholder);
  if (range !== null)
    return { type: "integer", minimum: Number(range[1]), maximum: Number(range[2]), description: help };
  return { type: "string", description: `${help} (${placeholder})` };
}
