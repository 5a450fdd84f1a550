// One `<rpc>` and its `<rpc-reply>`: which operation it is, who may ask for it, and what is answered when it is refused.

import type { Framing } from "@merlon/netconf/deframer.ts";
import { baseNamespace } from "@merlon/netconf/hello.ts";
import type { ParsedElement } from "@merlon/netconf/parse-xml.ts";
import { printAttributes } from "@merlon/netconf/print-element.ts";
import type { RpcError } from "@merlon/netconf/rpc-error.ts";
import { CandidateRefused } from "../../candidate/candidate-refused.ts";
import { KernelFailure } from "../../kernel/kernel.ts";
import { OperationRefused } from "../../ops/operation.ts";
import { junosRelease } from "../../ops/reply.ts";
import { DamagedFile } from "../../store/checked-text.ts";
import { WriteFailure } from "../../store/durable-file.ts";
import { Unacceptable } from "../../unacceptable.ts";
import { printErrors, rpcErrorsOf } from "./diagnostic-errors.ts";
import type { NetconfSession } from "./netconf-session.ts";
import { answerOperation } from "./operational-rpc.ts";
import { refuse, RpcRefused } from "./rpc-refused.ts";
import { rpcs } from "./rpcs.ts";

export interface Answer {
  readonly text: string;
  /** The session ends with it. */
  readonly closes: boolean;
}

/** Throws nothing that a client can cause. */
export async function answerRpc(session: NetconfSession, rpc: ParsedElement, framing: Framing): Promise<Answer> {
  const request = rpc.children[0];
  const body = await session.whileBusy(() => answerBody(session, rpc, framing));
  const closes = request !== undefined && closing.has(request.name) && !body.includes("<rpc-error>");
  return { text: printReply(rpc.attributes, body), closes };
}

const closing: ReadonlySet<string> = new Set(["close-session", "request-end-session"]);

/** All attributes of the request come back (RFC 6241, 4.2). */
export function printReply(asked: Readonly<Record<string, string>>, body: string): string {
  const own = { xmlns: baseNamespace, "xmlns:junos": `http://xml.juniper.net/junos/${junosRelease}/junos` };
  const others = Object.entries(asked).filter(([name]) => !(name in own) && isDeclared(name, asked));
  return `<rpc-reply${printAttributes({ ...own, ...Object.fromEntries(others) })}>\n${body}</rpc-reply>\n`;
}

/** A prefix that the request does not declare would make the reply no document, and so would a name that is not ASCII. */
function isDeclared(name: string, attributes: Readonly<Record<string, string>>): boolean {
  const colon = name.indexOf(":");
  const prefix = name.slice(0, Math.max(0, colon));
  if (!/^[\w.:-]+$/.test(name)) return false;
  return colon < 0 || prefix === "xmlns" || prefix === "xml" || `xmlns:${prefix}` in attributes;
}

/** The inside of the reply. */
export async function answerBody(session: NetconfSession, rpc: ParsedElement, framing: Framing): Promise<string> {
  try {
    return await carryOut(session, rpc, framing);
  } catch (error) {
    return printErrors(errorsOf(error));
  }
}

async function carryOut(session: NetconfSession, rpc: ParsedElement, framing: Framing): Promise<string> {
  const [request, second] = rpc.children;
  if (rpc.name !== "rpc")
    throw refuse("unknown-element", `<${rpc.name}> is no request`, { type: "rpc", badElement: rpc.name });
  // Scripts for the original leave it out, and speak the older version; RFC 6241 demands it (4.1).
  if (framing === "chunked" && rpc.attributes["message-id"] === undefined)
    throw refuse("missing-attribute", "the request has no message-id", {
      type: "rpc",
      badAttribute: "message-id",
      badElement: "rpc",
    });
  if (request === undefined) throw refuse("missing-element", "the request asks for nothing", { badElement: "rpc" });
  if (second !== undefined)
    throw refuse("unknown-element", "a request asks for one thing", { badElement: second.name });
  session.touch();
  // A typed line is written down as such, by whoever carries it out.
  if (request.name !== "command") session.audit(asLine(request));
  const known = Object.hasOwn(rpcs, request.name) ? rpcs[request.name] : undefined;
  if (known === undefined) return answerOperation(session, request);
  if (known.permission !== undefined) session.demand(known.permission);
  return known.answer(session, request);
}

/** Its name, attributes and short values: not the text of a configuration. */
function asLine({ name, attributes, children }: ParsedElement): string {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key} ${value}`);
  const values = children.map(
    (child) => ` ${child.name}${child.source === undefined ? ` ${child.text.trim()}`.trimEnd() : ""}`,
  );
  return [name, ...given, ...values].join("").slice(0, auditLengthMax);
}

const auditLengthMax = 512;

/** Throws what is no refusal but a bug. */
function errorsOf(error: unknown): readonly RpcError[] {
  if (error instanceof RpcRefused) return error.errors;
  if (error instanceof OperationRefused && error.diagnostics.length > 0) return rpcErrorsOf(error.diagnostics);
  if (error instanceof CandidateRefused || isFailure(error)) return refuse("operation-failed", plain(error)).errors;
  throw error;
}

function isFailure(error: unknown): error is Error {
  const failures = [OperationRefused, KernelFailure, Unacceptable, DamagedFile, WriteFailure];
  return failures.some((kind) => error instanceof kind);
}

function plain({ message }: Error): string {
  return message.trimEnd();
}
