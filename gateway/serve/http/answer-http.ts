// One HTTP request from its first line to its answer: which route it is, who asks, whether he may, and what is answered when
// something is wrong. The local socket and the listeners of the network share it.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Gateway } from "../../gateway.ts";
import { jsonText } from "@merlon/model/json-text.ts";
import { Exchange, headersOf } from "./exchange.ts";
import { demand } from "./http-caller.ts";
import type { HttpCaller } from "./http-caller.ts";
import { Problem, problemOf } from "./problem.ts";
import type { Route } from "./route.ts";
import { matchPath } from "./route.ts";
import { routes } from "./routes.ts";

const urlLengthMax = 16 * 1024;

export interface HttpRequestOptions {
  readonly gateway: Gateway;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Who asks; throws `Problem`. Called before anything of the body is read. */
  readonly identify: () => Promise<HttpCaller>;
  readonly onError: (error: unknown) => void;
}

/** Never throws; answers what status it was answered with. */
export async function answerHttp(options: HttpRequestOptions): Promise<number> {
  const { response, onError } = options;
  try {
    await answer(options);
  } catch (error) {
    // Nobody is there any more to be told.
    if (response.destroyed) return response.statusCode;
    const known = problemOf(error);
    if (known === undefined) onError(error);
    sendProblem(response, known ?? new Problem(500, "the gateway failed to answer; its log says why"));
  }
  return response.statusCode;
}

async function answer({ gateway, request, response, identify }: HttpRequestOptions): Promise<void> {
  const url = urlOf(request);
  const asked = find(request.method ?? "", url.pathname);
  if (asked.route.open !== true) refuseForeignPages(request);
  const caller = asked.route.open === true ? {} : await identify();
  const { permission, frequent, carryOut } = asked.route;
  if (permission !== undefined) demand(gateway, caller, permission, { frequent });
  await carryOut(new Exchange({ gateway, request, response, caller, url }), asked.path);
}

function urlOf({ url = "/" }: IncomingMessage): URL {
  // A path alone: what begins with two slashes would be another host's.
  const parsed = url.length > urlLengthMax || !/^\/(?!\/)/.test(url) ? null : URL.parse(url, "http://gateway");
  if (parsed === null) throw new Problem(400, "the request does not name a path");
  return parsed;
}

interface Asked {
  readonly route: Route;
  readonly path: Readonly<Record<string, string>>;
}

function find(method: string, path: string): Asked {
  const others = new Set<string>();
  for (const route of routes) {
    const parameters = matchPath(route.path, path);
    if (parameters === undefined) continue;
    if (route.method === method) return { route, path: parameters };
    others.add(route.method);
  }
  if (others.size === 0) throw new Problem(404, `there is no ${path.slice(0, shownLengthMax)}`);
  const allow = [...others].join(", ");
  throw new Problem(405, `${path} takes ${allow}`, { headers: { allow } });
}

const shownLengthMax = 200;

/** A browser sends the password that it knows with the requests of any page; those of other pages are not wanted. */
function refuseForeignPages({ headers }: IncomingMessage): void {
  const { origin, host } = headers;
  const site = headers["sec-fetch-site"];
  const isForeign = site === "cross-site" || site === "same-site";
  const isOther = origin !== undefined && URL.parse(origin)?.host !== host;
  if (isForeign || isOther) throw new Problem(403, "requests of other pages are not answered");
}

export function sendProblem(response: ServerResponse, problem: Problem): void {
  // An answer that has begun can only be broken off.
  if (response.headersSent) return void response.destroy();
  const body = Buffer.from(`${jsonText(problem.body)}\n`);
  const headers = { ...headersOf("application/problem+json"), "content-length": body.length, ...problem.headers };
  response.writeHead(problem.status, headers);
  response.end(body);
}
