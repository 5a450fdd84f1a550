// The configuration over HTTP: read, compared, loaded, checked, committed, confirmed, rolled back. A request works on the
// shared candidate, or on that of a session; `change` has a private candidate for itself, and commits all of it or nothing.

import { z } from "zod";
import { compareTrees } from "@merlon/junos/compare.ts";
import { forms, printForm } from "@merlon/junos/form.ts";
import { inherit } from "@merlon/junos/inherit.ts";
import { wrongPath } from "@merlon/junos/locate.ts";
import { subtree } from "@merlon/junos/subtree.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import { splitWords } from "@merlon/shell/line-parts.ts";
import { judgeFor } from "../../access/permitted-change.ts";
import { visibleTree } from "../../access/visible-tree.ts";
import type { Caller } from "../../caller.ts";
import type { CandidateChange } from "../../candidate/candidate-change.ts";
import { loadAction, loadActions } from "../../candidate/load-actions.ts";
import { commentLengthMax } from "../../commit/commit-request.ts";
import type { CommitOutcome } from "../../commit/commit-request.ts";
import { inheritOptions } from "../../commit/prepare.ts";
import { readRollback, readRollbackText } from "../../commit/read-rollback.ts";
import type { Gateway } from "../../gateway.ts";
import { revisionsKeptMax } from "../../store/revision-store.ts";
import { confirmMinutesMax } from "../parse-commit.ts";
import { diagnostic, sessionName, userName } from "./api-schemas.ts";
import { callerOf, demand } from "./http-caller.ts";
import { Problem, problemOf } from "./problem.ts";
import { route } from "./route.ts";

const tag = "configuration";
const claim = { user: userName.exactOptional(), session: sessionName.exactOptional() };
const number = z
  .int()
  .min(0)
  .max(revisionsKeptMax - 1)
  .meta({ description: "0 is the configuration in force, 1 the one before it" });
const numberInQuery = z
  .string()
  .regex(/^\d{1,2}$/)
  .transform(Number)
  .pipe(number);

const load = {
  action: z
    .enum(loadActions.map(({ word }) => word))
    .default("merge")
    .meta({ description: loadActions.map(({ word, help }) => `${word}: ${help.toLowerCase()}`).join("; ") }),
  text: z.string().meta({ description: "Curly braces, set lines, XML or JSON; the text itself says which" }),
};
const commit = {
  comment: z.string().max(commentLengthMax).exactOptional(),
  confirmMinutes: z
    .int()
    .min(1)
    .max(confirmMinutesMax)
    .exactOptional()
    .meta({ description: "Rolled back after so many minutes unless confirmed" }),
};
const diagnostics = z.array(diagnostic).readonly();
const loaded = z.object({ diagnostics }).meta({ description: "Warnings; errors are a problem, and change nothing" });
const committed = z.object({
  revision: z.int().meta({ description: "The revision in force now" }),
  changed: z.boolean(),
  confirmed: z.boolean().meta({ description: "A revision that waited for it is confirmed by this" }),
  diagnostics,
});

const mediaTypes = {
  text: "text/plain; charset=utf-8",
  set: "text/plain; charset=utf-8",
  xml: "application/xml",
  json: "application/json",
} as const;

export const readConfigurationRoute = route({
  method: "GET",
  path: "/v1/configuration",
  tag,
  summary: "Read a configuration",
  permission: "show configuration",
  query: z.object({
    datastore: z.enum(["running", "candidate"]).default("running"),
    format: z.enum(forms).default("text"),
    path: z.string().max(4096).exactOptional().meta({ description: "What stands there alone: security zones" }),
    inherit: z.enum(["true", "false"]).default("false").meta({ description: "With groups carried out" }),
    session: sessionName.exactOptional(),
  }),
  answers: [
    { type: "text/plain" },
    { type: "application/xml" },
    { type: "application/json", schema: z.record(z.string(), z.unknown()) },
  ],
  answer: async (exchange, { query }) => {
    const { gateway } = exchange;
    const who = callerOf(gateway, exchange.caller, query);
    const whole = query.datastore === "running" ? runningTree(gateway) : gateway.candidates.tree(who.session);
    const visible = visibleTree(who.access, whole);
    const tree = query.inherit === "true" ? inherit(visible, inheritOptions(gateway.world)).tree : visible;
    await exchange.send(printForm(partOf(tree, query.path), query.format), mediaTypes[query.format]);
  },
});

function partOf(tree: ConfigNode, path: string | undefined): ConfigNode {
  const words = path === undefined ? [] : splitWords(path);
  if (words === undefined) throw new Problem(400, "a quoted text in the path is not closed");
  if (words.length === 0) return tree;
  const part = subtree(tree, words);
  if (part !== undefined) return part;
  const wrong = wrongPath(words);
  if (wrong.length > 0) throw new Problem(422, wrong[0]?.message ?? "there is no such path", { diagnostics: wrong });
  return emptyTree;
}

function runningTree({ running }: Gateway): ConfigNode {
  return running?.prepared.tree ?? emptyTree;
}

export const compareConfigurationRoute = route({
  method: "GET",
  path: "/v1/configuration/compare",
  tag,
  summary: "What leads from an earlier configuration to the candidate, as a patch",
  permission: "show configuration",
  query: z.object({ rollback: numberInQuery.default(0), session: sessionName.exactOptional() }),
  answers: [{ type: "text/plain" }],
  problems: [409],
  answer: async (exchange, { query: { rollback, session } }) => {
    const { gateway } = exchange;
    const who = callerOf(gateway, exchange.caller, { session });
    const { candidates } = gateway;
    const before = rollback === 0 ? candidates.base(who.session) : await readRollback(gateway, rollback);
    const [from, to] = [before, candidates.tree(who.session)].map((tree) => visibleTree(who.access, tree));
    await exchange.send(compareTrees(from ?? emptyTree, to ?? emptyTree), mediaTypes.text);
  },
});

export const loadConfigurationRoute = route({
  method: "POST",
  path: "/v1/configuration/load",
  tag,
  summary: "Read a text into the candidate",
  permission: "load",
  body: z.object({ ...load, ...claim }),
  answers: [{ type: "application/json", schema: loaded }],
  problems: [409, 422],
  answer: async (exchange, { body: { action, text, ...claimed } }) => {
    const { gateway } = exchange;
    const found = change(gateway, callerOf(gateway, exchange.caller, claimed), loadChange(action, text));
    await exchange.sendJson({ diagnostics: found });
  },
});

function loadChange(action: string, text: string): CandidateChange {
  return { kind: "load", action: loadAction(action) ?? "merge", text, source: "<request>", guarded: true };
}

/** Changes the candidate, or leaves it alone and throws; answers the warnings. */
function change(gateway: Gateway, { session, access }: Caller, asked: CandidateChange): readonly Diagnostic[] {
  const { diagnostics: found } = gateway.candidates.apply(asked, session, judgeFor(access));
  if (!hasErrors(found)) return found;
  if (found.some(({ code }) => code === "access.denied")) throw new Problem(403, "permission denied", { diagnostics: found }); // prettier-ignore
  const errorCount = found.filter(({ severity }) => severity === "error").length;
  throw new Problem(422, `load failed (${errorCount} errors); the candidate is unchanged`, { diagnostics: found });
}

export const rollbackConfigurationRoute = route({
  method: "POST",
  path: "/v1/configuration/rollback",
  tag,
  summary: "Make an earlier configuration the candidate; 0 discards what is not committed",
  body: z.object({ number, ...claim }),
  answers: [{ type: "application/json", schema: loaded }],
  problems: [409, 422],
  answer: async (exchange, { body: { number: wanted, ...claimed } }) => {
    const { gateway, caller } = exchange;
    demand(gateway, caller, `rollback ${wanted}`);
    const who = callerOf(gateway, caller, claimed);
    if (wanted === 0) {
      gateway.candidates.discard(who.session);
      return exchange.sendJson({ diagnostics: [] });
    }
    const text = await readRollbackText(gateway, wanted);
    const earlier = {
      kind: "load",
      action: "override",
      text,
      source: `rollback ${wanted}`,
      keepUnknown: true,
    } as const;
    return exchange.sendJson({ diagnostics: change(gateway, who, earlier) });
  },
});

export const checkConfigurationRoute = route({
  method: "POST",
  path: "/v1/configuration/check",
  tag,
  summary: "Check the candidate as a commit would; confirms, as at the shell",
  permission: "commit check",
  body: z.object(claim),
  answers: [{ type: "application/json", schema: committed }],
  problems: [409, 422],
  answer: async (exchange, { body }) => {
    const { session } = callerOf(exchange.gateway, exchange.caller, body);
    await exchange.sendJson(outcomeOf(await exchange.gateway.check(session)));
  },
});

export const commitConfigurationRoute = route({
  method: "POST",
  path: "/v1/configuration/commit",
  tag,
  summary: "Bring the candidate into force; without changes it confirms what waits for confirmation",
  permission: "commit",
  body: z.object({ ...commit, ...claim }),
  answers: [{ type: "application/json", schema: committed }],
  problems: [409, 422],
  answer: async (exchange, { body: { comment, confirmMinutes, ...claimed } }) => {
    const who = callerOf(exchange.gateway, exchange.caller, claimed);
    await exchange.sendJson(outcomeOf(await commitAs(exchange.gateway, who, { comment, confirmMinutes })));
  },
});

interface CommitWish {
  readonly comment?: string | undefined;
  readonly confirmMinutes?: number | undefined;
}

function commitAs(gateway: Gateway, who: Caller, { comment, confirmMinutes }: CommitWish): Promise<CommitOutcome> {
  const { user, via, session } = who;
  return gateway.commit({
    user,
    via,
    ...(session !== undefined && { session }),
    ...(comment !== undefined && { comment }),
    ...(confirmMinutes !== undefined && { confirmTimeoutMs: confirmMinutes * 60_000 }),
  });
}

function outcomeOf(outcome: CommitOutcome): z.infer<typeof committed> {
  if (outcome.ok) {
    const { ok: _, ...facts } = outcome;
    return facts;
  }
  const { failure, diagnostics: found } = outcome;
  const known = failure === undefined ? undefined : problemOf(failure);
  if (failure !== undefined && known === undefined) throw failure;
  const why = known === undefined ? "" : `${known.message}; `;
  const detail = `${why}commit failed; the configuration in force is unchanged`;
  throw new Problem(known?.status ?? 422, detail, { diagnostics: found });
}

export const changeConfigurationRoute = route({
  method: "POST",
  path: "/v1/configuration/change",
  tag,
  summary: "Load a text into a candidate of its own and commit it, or change nothing",
  description: "Nobody else's uncommitted changes are committed with it, and what is refused leaves nothing behind.",
  permission: "commit",
  body: z.object({
    ...load,
    ...commit,
    user: userName.exactOptional(),
    checkOnly: z.boolean().default(false).meta({ description: "Say what would come of it, and commit nothing" }),
  }),
  answers: [{ type: "application/json", schema: committed.extend({ patch: z.string() }) }],
  problems: [409, 422],
  answer: async (exchange, { body: { action, text, checkOnly, user, ...wish } }) => {
    const { gateway, caller } = exchange;
    demand(gateway, caller, "load");
    const who = callerOf(gateway, caller, { user });
    const session = gateway.candidates.open({ user: who.user, via: who.via });
    try {
      gateway.candidates.configure(session, "private");
      const own = { ...who, session };
      const warnings = change(gateway, own, loadChange(action, text));
      const trees = [gateway.candidates.base(session), gateway.candidates.tree(session)] as const;
      const [before, after] = trees.map((tree) => visibleTree(who.access, tree));
      const patch = compareTrees(before ?? emptyTree, after ?? emptyTree);
      const outcome = outcomeOf(await (checkOnly ? gateway.check(session) : commitAs(gateway, own, wish)));
      await exchange.sendJson({ ...outcome, diagnostics: [...warnings, ...outcome.diagnostics], patch });
    } finally {
      gateway.candidates.close(session);
    }
  },
});
