// Which living sessions are asked again after a change, and what the answer does to them. Policies are asked where
// `policy-rematch` says so; sessions with the gateway itself always follow host-inbound-traffic, as on the original.
// A session that no longer may pass ends; one that another policy permits now carries that policy's mark from then on.
// A session whose NAT rule changed or went ends always: its addresses are none that the configuration still says.

import { changedNatRules } from "@merlon/compiler/nat/changed-nat-rules.ts";
import { decide, servicesMatch } from "@merlon/compiler/interpret.ts";
import type { PacketHeader } from "@merlon/compiler/interpret.ts";
import { hostZone } from "@merlon/compiler/ir.ts";
import { jsonText } from "@merlon/model/json-text.ts";
import type { AddressMatch, Ir, IrContext, IrInterface, IrMatch, IrRule } from "@merlon/compiler/ir.ts";
import { translationChanged } from "../log/close-reason.ts";
import { sessionMarkMask } from "../kernel/kernel.ts";
import type { KernelSession, SessionVerdict } from "../kernel/kernel.ts";
import { planFamilyReview } from "./family-review.ts";

export type SessionQuestion = (session: KernelSession) => SessionVerdict | undefined;

/** What to ask every session once `next` is in force; undefined when no session needs to be asked. */
export function planSessionReview(before: Ir, next: Ir): SessionQuestion | undefined {
  const contexts = changedContexts(before, next);
  const narrowed = changedHostInbound(before, next);
  const questions = new Map<number, (packet: PacketHeader) => SessionVerdict | undefined>();
  for (const entry of next.interfaces) {
    const { ruleId, terms } = entry.hostInbound;
    // The first policies to `junos-host` also ask sessions that came in when there were none.
    const policies = [...contexts].find(({ fromZone, toZone }) => fromZone === entry.zone && toZone === hostZone);
    if (ruleId === undefined || (policies === undefined && !narrowed.includes(entry))) continue;
    questions.set(ruleId, (packet) => {
      if (!servicesMatch(terms, packet)) return end;
      return policies === undefined ? undefined : verdictOf(next, policies, ruleId, packet);
    });
  }
  const zones = new Set(narrowed.map(({ zone }) => zone));
  for (const context of next.contexts) {
    const asked = contexts.has(context);
    const narrow = context.toZone === hostZone && zones.has(context.fromZone);
    if (!asked && !narrow) continue;
    const doors = next.interfaces.filter(({ zone }) => zone === context.fromZone);
    for (const { id } of context.rules) {
      questions.set(id, (packet) => {
        // Which interface of the zone the session came in by is not known: one of them must still allow it.
        if (narrow && !doors.some(({ hostInbound }) => servicesMatch(hostInbound.terms, packet))) return end;
        return asked ? verdictOf(next, context, id, packet) : undefined;
      });
    }
  }
  const translations = changedNatRules(before, next);
  const families = planFamilyReview(before, next);
  if (questions.size === 0 && translations.size === 0) return families;
  return (session) => {
    const { destination, source } = session.natRules ?? {};
    // As on the original: what was translated by a rule that is no longer the same ends.
    if ([destination, source].some((id) => id !== undefined && translations.has(id))) return endTranslated;
    return families?.(session) ?? questions.get(session.mark & sessionMarkMask)?.(headerOf(session));
  };
}

const end: SessionVerdict = { kind: "end" };
const endTranslated: SessionVerdict = { kind: "end", reason: translationChanged };

function verdictOf(ir: Ir, context: IrContext, id: number, packet: PacketHeader): SessionVerdict | undefined {
  const { action, rule } = decide(ir, context, packet);
  if (action !== "permit") return end;
  return rule.id === id ? undefined : { kind: "remark", ruleId: rule.id };
}

/** As the policy saw the first packet: with its own source, and the destination that it was translated to. */
function headerOf({ original, reply }: Pick<KernelSession, "original" | "reply">): PacketHeader {
  const { source, protocol, sourcePort, icmpType, icmpCode } = original;
  const { source: destination, sourcePort: destinationPort } = reply;
  return {
    source,
    destination,
    protocol,
    ...(sourcePort === undefined || destinationPort === undefined ? {} : { sourcePort, destinationPort }),
    ...(icmpType === undefined || icmpCode === undefined ? {} : { icmpType, icmpCode }),
  };
}

/** Contexts of `next` whose policies changed as `policy-rematch` means it; none without that statement. */
function changedContexts(before: Ir, next: Ir): ReadonlySet<IrContext> {
  if (next.rematch === undefined) return new Set();
  const sameMeaning = next.rematch === "extensive" ? meaningComparer(before, next) : () => true;
  const known = new Map(before.contexts.map((context) => [`${context.fromZone} ${context.toZone}`, context]));
  return new Set(
    next.contexts.filter((context) => {
      const old = known.get(`${context.fromZone} ${context.toZone}`);
      if (old === context && (next.rematch !== "extensive" || before.addressSets === next.addressSets)) return false;
      if (old?.rules.length !== context.rules.length) return true;
      return context.rules.some((rule, index) => {
        const was = old.rules[index];
        return was === undefined || (was !== rule && !sameRule(was, rule)) || !sameMeaning(was.match, rule.match);
      });
    }),
  );
}

/** As the operator wrote it, by names: what they stand for is left out. */
function sameRule(a: IrRule, b: IrRule): boolean {
  if (a.id !== b.id || a.action !== b.action || a.match.kind !== b.match.kind) return false;
  if (a.match.kind === "nothing" || b.match.kind === "nothing") return true;
  return (
    sameSide(a.match.source, b.match.source) &&
    sameSide(a.match.destination, b.match.destination) &&
    a.match.applications?.join(" ") === b.match.applications?.join(" ")
  );
}

function sameSide(a: AddressMatch, b: AddressMatch): boolean {
  if (a.kind === "any" || b.kind === "any") return a.kind === b.kind;
  return a.excluded === b.excluded && a.names.join("\n") === b.names.join("\n");
}

/** Whether the names of two equal matches stand for the same. Each name is looked at once. */
function meaningComparer(before: Ir, next: Ir): (a: IrMatch, b: IrMatch) => boolean {
  const members = new Map<string, boolean>();
  const services = new Map<string, boolean>();
  const remembered = (memory: Map<string, boolean>, name: string, compare: () => boolean) => {
    const known = memory.get(name) ?? compare();
    memory.set(name, known);
    return known;
  };
  const sameMembers = (match: AddressMatch) =>
    match.kind === "any" ||
    match.names.every((name) =>
      remembered(members, name, () => {
        const [a, b] = [before.addressSets.get(name), next.addressSets.get(name)];
        return a === undefined || b === undefined || a === b ? a === b : membersText(a) === membersText(b);
      }),
    );
  return (a, b) => {
    if (a.kind === "nothing" || b.kind === "nothing") return a.kind === b.kind;
    const names = b.applications?.join(" ") ?? "";
    const sameServices = () => a.services === b.services || JSON.stringify(a.services) === JSON.stringify(b.services);
    return remembered(services, names, sameServices) && sameMembers(b.source) && sameMembers(b.destination);
  };
}

/** With the present answers of domain names: when they change, this is asked as after a commit. */
function membersText({ ipv4, ipv6, wildcards, dns }: NonNullable<ReturnType<Ir["addressSets"]["get"]>>): string {
  return jsonText([ipv4, ipv6, wildcards, dns?.names]);
}

function changedHostInbound(before: Ir, next: Ir): readonly IrInterface[] {
  const known = new Map(before.interfaces.map((entry) => [entry.name, entry]));
  return next.interfaces.filter((entry) => {
    const was = known.get(entry.name);
    return was === undefined || JSON.stringify(was.hostInbound.terms) !== JSON.stringify(entry.hostInbound.terms);
  });
}
