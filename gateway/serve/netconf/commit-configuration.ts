// `<commit-configuration>`, the original's commit: check, log, confirmed in minutes, at a time. What exists for several
// routing engines or for daemons of the original (`synchronize`, `full`) is accepted and has nothing to do here.

import type { ParsedElement } from "@merlon/netconf/parse-xml.ts";
import { childOf, textOf } from "@merlon/netconf/parse-xml.ts";
import type { CommitOutcome } from "../../commit/commit-request.ts";
import { commentLengthMax } from "../../commit/commit-request.ts";
import { parseCommitTime } from "../../commit/commit-time.ts";
import { confirmMinutesMax } from "../parse-commit.ts";
import { committed } from "./commit-rpc.ts";
import type { NetconfSession } from "./netconf-session.ts";
import { refuse } from "./rpc-refused.ts";

const confirmMinutesDefault = "10";
const accepted: ReadonlySet<string> = new Set([
  "and-quit",
  "at-time",
  "check",
  "confirm-timeout",
  "confirmed",
  "force-synchronize",
  "full",
  "log",
  "no-synchronize",
  "synchronize",
]);

export async function commitConfiguration(session: NetconfSession, request: ParsedElement): Promise<string> {
  const unknown = request.children.find(({ name }) => !accepted.has(name));
  if (unknown !== undefined)
    throw refuse("unknown-element", `commit takes no <${unknown.name}>`, { badElement: unknown.name });
  const outcome = await carryOut(session, request);
  const answer = committed(outcome);
  // Beside warnings clients look for the ok, which cannot stand beside a routing engine.
  return request.attributes["detail"] !== undefined && answer === "<ok/>\n" ? detailOf(request) : answer;
}

function carryOut(session: NetconfSession, request: ParsedElement): Promise<CommitOutcome> {
  const { gateway } = session;
  const confirmMinutes = minutesIn(request);
  const time = textOf(request, "at-time");
  const comment = textOf(request, "log");
  if ((comment?.length ?? 0) > commentLengthMax)
    throw refuse("invalid-value", `a log has at most ${commentLengthMax} characters`, { badElement: "log" });
  if (childOf(request, "check") !== undefined) return gateway.check(session.editing);
  const recorded = { ...session.caller, ...(comment !== undefined && { comment }) };
  if (time === undefined)
    return gateway.commit(
      confirmMinutes === undefined ? recorded : { ...recorded, confirmTimeoutMs: confirmMinutes * 60_000 },
    );
  if (confirmMinutes !== undefined)
    throw refuse("invalid-value", "at-time and confirmed exclude each other", { badElement: "at-time" });
  const when = parseCommitTime(time, gateway.nowMs());
  if (typeof when === "string") throw refuse("invalid-value", when, { badElement: "at-time" });
  return gateway.schedule(recorded, when);
}

function minutesIn(request: ParsedElement): number | undefined {
  const word = textOf(request, "confirm-timeout");
  if (word === undefined && childOf(request, "confirmed") === undefined) return undefined;
  const given = word ?? confirmMinutesDefault;
  const minutes = /^\d{1,6}$/.test(given) ? Number(given) : 0;
  if (minutes >= 1 && minutes <= confirmMinutesMax) return minutes;
  const message = `confirm-timeout takes 1 to ${confirmMinutesMax} minutes`;
  throw refuse("invalid-value", message, { badElement: "confirm-timeout" });
}

/** A client of the original (ncclient) mends replies that hold a routing engine and an ok, so there is no ok in it. */
function detailOf(request: ParsedElement): string {
  const what = childOf(request, "check") === undefined ? "commit-success" : "commit-check-success";
  const engine = `<routing-engine>\n<name>re0</name>\n<${what}/>\n</routing-engine>`;
  return `<commit-results>\n${engine}\n</commit-results>\n`;
}
