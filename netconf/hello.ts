// The first message of each side: what it can do (RFC 6241, 8.1). The framing of all that follows is agreed on here.

import type { Framing } from "./deframer.ts";
import { childOf } from "./parse-xml.ts";
import type { ParsedElement } from "./parse-xml.ts";
import { printElement } from "./print-element.ts";

export const baseNamespace = "urn:ietf:params:xml:ns:netconf:base:1.0";
export const base10 = "urn:ietf:params:netconf:base:1.0";
export const base11 = "urn:ietf:params:netconf:base:1.1";

const capability = (name: string): string => `urn:ietf:params:netconf:capability:${name}`;

/** What a gateway can do. The older forms of the last ones are what clients of the original look for. */
export const serverCapabilities: readonly string[] = [
  base10,
  base11,
  capability("candidate:1.0"),
  capability("confirmed-commit:1.0"),
  capability("confirmed-commit:1.1"),
  capability("rollback-on-error:1.0"),
  capability("validate:1.0"),
  capability("validate:1.1"),
  "urn:ietf:params:xml:ns:netconf:capability:candidate:1.0",
  "urn:ietf:params:xml:ns:netconf:capability:confirmed-commit:1.0",
  "urn:ietf:params:xml:ns:netconf:capability:validate:1.0",
  "http://xml.juniper.net/netconf/junos/1.0",
  "http://xml.juniper.net/dmi/system/1.0",
];

/** Without `sessionId` the hello of a client. */
export function printHello(capabilities: readonly string[], sessionId?: number): string {
  const listed = capabilities.map((content) => ({ name: "capability", content }));
  const session = sessionId === undefined ? [] : [{ name: "session-id", content: String(sessionId) }];
  const content = [{ name: "capabilities", content: listed }, ...session];
  return `${printElement({ name: "hello", attributes: { xmlns: baseNamespace }, content })}\n`;
}

export interface Hello {
  readonly capabilities: ReadonlySet<string>;
  readonly sessionId?: number;
}

/** Undefined when the element is no hello that can be understood. */
export function readHello(element: ParsedElement): Hello | undefined {
  const listed = element.name === "hello" ? childOf(element, "capabilities") : undefined;
  if (listed === undefined) return undefined;
  const capabilities = new Set(
    listed.children.filter(({ name }) => name === "capability").map(({ text }) => text.trim()),
  );
  const session = childOf(element, "session-id");
  if (session === undefined) return { capabilities };
  const sessionId = /^\s*[1-9]\d{0,9}\s*$/.test(session.text) ? Number(session.text) : undefined;
  return sessionId === undefined ? undefined : { capabilities, sessionId };
}

/** The newest framing that both sides can; undefined when they have no version in common. */
export function commonFraming(ours: ReadonlySet<string>, theirs: ReadonlySet<string>): Framing | undefined {
  if (ours.has(base11) && theirs.has(base11)) return "chunked";
  return ours.has(base10) && theirs.has(base10) ? "end-of-message" : undefined;
}
