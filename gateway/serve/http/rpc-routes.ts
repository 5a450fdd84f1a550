// The REST interface of the original: the requests of NETCONF over HTTP. Each HTTP request is a NETCONF session of its own, so
// permissions, locks and the audit log are those of NETCONF; several requests in one share it.

import { randomUUID } from "node:crypto";
import type { ParsedElement } from "@merlon/netconf/parse-xml.ts";
import { answerBody } from "../netconf/answer-rpc.ts";
import { NetconfSession } from "../netconf/netconf-session.ts";
import { SessionBook, netconfSessionsMax } from "../netconf/session-book.ts";
import type { Exchange } from "./exchange.ts";
import { Problem } from "./problem.ts";
import { formatOfForm, rpcForms, rpcReply } from "./rpc-reply.ts";
import type { RpcForm, RpcReply } from "./rpc-reply.ts";
import { readRpc, readRpcs, stopOnError } from "./rpc-request.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const tag = "original";
const description =
  "Arguments stand in the path (`/terse`, `/interface-name=ge-0/0/0` with its slashes as %2F), in the query, or in the body; " +
  "attributes behind `@`. Errors are the `rpc-error` elements of NETCONF.";

const answers = rpcForms.map((type) => ({ type }));

function oneRequest(method: "GET" | "POST"): Route {
  return route({
    method,
    path: "/rpc/{rest*}",
    tag,
    summary:
      method === "GET" ? "A request that only asks, by its name" : "A request by its name, with arguments in the body",
    description,
    parameters: { rest: { help: "The request with attributes and arguments: get-interface-information/terse" } },
    ...(method === "POST" && { bodyForms: [{ type: "application/xml" }, { type: "text/plain" }] }),
    answers,
    answer: async (exchange, { path: { rest = "" } }) => {
      // Whatever else a page may make a browser ask for, it changes nothing.
      if (method === "GET" && !/^get(?:[-@/]|$)/.test(rest))
        throw new Problem(405, "what is no question is asked with POST", { headers: { allow: "POST" } });
      const body = { type: exchange.contentType, text: method === "GET" ? "" : await exchange.text() };
      const request = readRpc(rest, exchange.url.searchParams, body);
      const form = exchange.choose(...rpcForms);
      const reply = await inSession(exchange, (session) => carryOut(session, request, form));
      await exchange.send(reply.text, typeOf(reply.form), reply.denied ? 403 : reply.failed ? 400 : 200);
    },
  });
}

export const rpcRoute = oneRequest("POST");
export const rpcReadRoute = oneRequest("GET");

export const rpcListRoute = route({
  method: "POST",
  path: "/rpc",
  tag,
  summary: "Several requests one after the other, in one session",
  description: `The answer has a part for each. With \`?${stopOnError}=1\` the first error is the last answer.`,
  bodyForms: [{ type: "application/xml" }],
  answers: [{ type: "multipart/mixed" }],
  answer: async (exchange) => {
    const requests = readRpcs({ type: exchange.contentType, text: await exchange.text() });
    const stops = /^(?:1|true)$/.test(exchange.url.searchParams.get(stopOnError) ?? "");
    const form = exchange.choose(...rpcForms);
    const replies = await inSession(exchange, async (session) => {
      const all: RpcReply[] = [];
      for (const request of requests) {
        const reply = await carryOut(session, request, form);
        all.push(reply);
        if ((reply.failed && stops) || session.signal.aborted) break;
      }
      return all;
    });
    const boundary = `part-${randomUUID()}`;
    const parts = replies.map((each) => `--${boundary}\r\nContent-Type: ${typeOf(each.form)}\r\n\r\n${each.text}\r\n`);
    await exchange.send(`${parts.join("")}--${boundary}--\r\n`, `multipart/mixed; boundary="${boundary}"`);
  },
});

async function inSession<T>({ gateway, caller }: Exchange, work: (session: NetconfSession) => Promise<T>): Promise<T> {
  const { access, remote } = caller;
  const who = { user: access?.user ?? "root", access, remote };
  const session = SessionBook.of(gateway).enter((id) => new NetconfSession(id, gateway, who));
  if (session === undefined) throw new Problem(503, `${netconfSessionsMax} sessions are open; try again in a moment`);
  try {
    return await session.whileBusy(() => work(session));
  } finally {
    session.end();
  }
}

/** What a request loads has a format of its own; it says nothing about the answer. */
const inputFormats: ReadonlySet<string> = new Set(["load-configuration"]);

async function carryOut(session: NetconfSession, request: ParsedElement, wanted: RpcForm): Promise<RpcReply> {
  const asked = request.attributes["format"];
  const format = asked ?? formatOfForm[wanted];
  const attributes =
    format === undefined || inputFormats.has(request.name) ? request.attributes : { ...request.attributes, format };
  const rpc: ParsedElement = { name: "rpc", attributes: {}, text: "", children: [{ ...request, attributes }] };
  const form = inputFormats.has(request.name) ? wanted : (formFor(asked) ?? wanted);
  return rpcReply(await answerBody(session, rpc, "end-of-message"), form);
}

/** The original lets the attribute decide, whatever is accepted. */
function formFor(format: string | undefined): RpcForm | undefined {
  switch (format) {
    case "json":
      return "application/json";
    case "text":
    case "ascii":
    case "set":
      return "text/plain";
    case "xml":
      return "application/xml";
    default:
      return undefined;
  }
}

function typeOf(form: RpcForm): string {
  return form === "application/json" ? form : `${form}; charset=utf-8`;
}
