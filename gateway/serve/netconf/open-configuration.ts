// `<open-configuration>` and `<close-configuration>`: a candidate for this session alone, or the lock, as `configure
// private` and `configure exclusive` at the shell.

import type { ParsedElement } from "@merlon/netconf/parse-xml.ts";
import type { EditMode } from "../../candidate/edit-session.ts";
import type { NetconfSession } from "./netconf-session.ts";
import { refuse } from "./rpc-refused.ts";

const modes: Readonly<Record<string, EditMode>> = { exclusive: "exclusive", private: "private", shared: "shared" };

export function openConfiguration(session: NetconfSession, { children }: ParsedElement): string {
  const [choice] = children;
  const mode = choice === undefined ? "shared" : Object.hasOwn(modes, choice.name) ? modes[choice.name] : undefined;
  if (mode === undefined) {
    const name = choice?.name ?? "";
    const message = `there is no ${name} configuration here; it is private, exclusive or shared`;
    throw refuse("operation-not-supported", message, { badElement: name });
  }
  session.configure(mode);
  return "<ok/>\n";
}

export function closeConfiguration(session: NetconfSession): string {
  if (session.editing?.mode === undefined) throw refuse("operation-failed", "this session has opened no configuration");
  session.gateway.candidates.leave(session.editing);
  return "<ok/>\n";
}
