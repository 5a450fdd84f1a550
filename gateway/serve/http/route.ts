// One way to ask over HTTP: where, with what, and what is answered. The dispatcher reads and checks requests by it, and the
// OpenAPI document is made of it, so that the two cannot differ.

import type { z } from "zod";
import type { Exchange } from "./exchange.ts";
import type { ProblemStatus } from "./problem.ts";

export type Method = "GET" | "POST" | "DELETE";

/** A form of an answer; without schema it is described in words alone. */
export interface AnswerForm {
  readonly type: string;
  readonly schema?: z.ZodType;
}

export interface RouteFacts {
  readonly method: Method;
  /** Segments in braces are parameters; `{rest*}` takes all that follow. */
  readonly path: string;
  /** One line, as in a list. */
  readonly summary: string;
  /** What else there is to know. */
  readonly description?: string;
  readonly tag: string;
  readonly parameters?: Readonly<Record<string, { readonly help: string }>>;
  readonly answers: readonly AnswerForm[];
  /** Statuses of problems beside those that every route has. */
  readonly problems?: readonly ProblemStatus[];
  /** The line that a user of the network must be allowed to run; absent where the route asks for itself. */
  readonly permission?: string;
  /** Nobody has to say who he is. */
  readonly open?: true;
  /** Programs ask for it all day, so it is not written down who did. */
  readonly frequent?: true;
}

interface Given<B, Q> {
  readonly body: B;
  readonly query: Q;
  readonly path: Readonly<Record<string, string>>;
}

interface Definition<B, Q> extends RouteFacts {
  readonly body?: z.ZodType<B>;
  /** A body that is no JSON is read by the route itself. */
  readonly bodyForms?: readonly AnswerForm[];
  readonly query?: z.ZodType<Q>;
  readonly answer: (exchange: Exchange, given: Given<B, Q>) => Promise<void>;
}

export interface Route extends RouteFacts {
  readonly body?: z.ZodType;
  readonly bodyForms?: readonly AnswerForm[];
  readonly query?: z.ZodType;
  readonly carryOut: (exchange: Exchange, path: Readonly<Record<string, string>>) => Promise<void>;
}

/** What a route reads is known only to itself. */
export function route<B = undefined, Q = undefined>(definition: Definition<B, Q>): Route {
  const { body, query, answer, ...facts } = definition;
  return {
    ...facts,
    ...(body !== undefined && { body }),
    ...(query !== undefined && { query }),
    carryOut: async (exchange, path) => {
      const read = {
        query: (query === undefined ? undefined : exchange.query(query)) as Q,
        body: (body === undefined ? undefined : await exchange.json(body)) as B,
      };
      await answer(exchange, { ...read, path });
    },
  };
}

/** The parameters of the path when it fits; undefined when it does not, or is no text. */
export function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = pattern.split("/");
  const found = path.split("/");
  const isOpen = wanted.at(-1)?.endsWith("*}") === true;
  if (isOpen ? found.length < wanted.length : found.length !== wanted.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const name = /^\{([a-z]+)(\*?)\}$/.exec(segment);
    if (name === null) {
      if (segment !== found[index]) return undefined;
      continue;
    }
    const isRest = name[2] === "*";
    const value = isRest ? found.slice(index).join("/") : (found[index] ?? "");
    if (value === "") return undefined;
    // What is behind a rest is taken apart before it is decoded.
    const decoded = isRest ? value : decode(value);
    if (decoded === undefined) return undefined;
    parameters[name[1] ?? ""] = decoded;
  }
  return parameters;
}

/** Undefined for what is not percent-encoded UTF-8. */
export function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
