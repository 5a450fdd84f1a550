// What an `<rpc-error>` says (RFC 6241, 4.3 and appendix A), as data: the server prints it, the client reads it.

import type { XmlElement } from "./element.ts";
import { childOf, textOf } from "./parse-xml.ts";
import type { ParsedElement } from "./parse-xml.ts";

/** The tags of RFC 6241, appendix A, that are used here. */
export type ErrorTag =
  | "access-denied"
  | "bad-attribute"
  | "bad-element"
  | "data-exists"
  | "data-missing"
  | "in-use"
  | "invalid-value"
  | "lock-denied"
  | "malformed-message"
  | "missing-attribute"
  | "missing-element"
  | "operation-failed"
  | "operation-not-supported"
  | "resource-denied"
  | "too-big"
  | "unknown-attribute"
  | "unknown-element";

export interface RpcError {
  readonly type: "transport" | "rpc" | "protocol" | "application";
  readonly tag: ErrorTag;
  readonly severity: "error" | "warning";
  readonly message: string;
  /** As the original writes it: `[edit security zones]`. */
  readonly path?: string;
  readonly badElement?: string;
  readonly badAttribute?: string;
  /** Who holds the lock; 0 for somebody who speaks no NETCONF. */
  readonly sessionId?: number;
  /** Where in the text of the request. */
  readonly line?: number;
  readonly column?: number;
}

export function errorElement(error: RpcError): XmlElement {
  const { type, tag, severity, path, message, badAttribute, badElement, sessionId, line, column } = error;
  const info = elements({
    "bad-attribute": badAttribute,
    "bad-element": badElement,
    "session-id": sessionId,
    "line-number": line,
    column,
  });
  return {
    name: "rpc-error",
    content: [
      ...elements({
        "error-type": type,
        "error-tag": tag,
        "error-severity": severity,
        "error-path": path,
        "error-message": message,
      }),
      ...(info.length === 0 ? [] : [{ name: "error-info", content: info }]),
    ],
  };
}

function elements(values: Readonly<Record<string, string | number | undefined>>): readonly XmlElement[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, content: String(value) }],
  );
}

/** As it was received: what another server says may be any word. */
export interface ReceivedError {
  readonly tag: string;
  readonly severity: string;
  readonly message: string;
  readonly path?: string;
  readonly badElement?: string;
}

/** All errors of a reply, wherever they stand in it. */
export function readErrors(reply: ParsedElement): readonly ReceivedError[] {
  if (reply.name !== "rpc-error") return reply.children.flatMap(readErrors);
  const info = childOf(reply, "error-info");
  const path = textOf(reply, "error-path");
  const badElement = info === undefined ? undefined : textOf(info, "bad-element");
  return [
    {
      tag: textOf(reply, "error-tag") ?? "operation-failed",
      severity: textOf(reply, "error-severity") ?? "error",
      message: textOf(reply, "error-message") ?? "",
      ...(path !== undefined && { path }),
      ...(badElement !== undefined && { badElement }),
    },
  ];
}
