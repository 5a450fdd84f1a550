// Shapes that several requests and answers have in common, for checking and for the OpenAPI document. They are held to the
// types of api.ts by the compiler.

import { z } from "zod";
import type { Diagnostic, Span } from "@merlon/model/diagnostic.ts";
import type { Candidate } from "@merlon/junos/complete.ts";
import type { CommandResult } from "../../api.ts";
import type { ProblemBody } from "./problem.ts";

export const userName = z
  .string()
  .min(1)
  .max(255)
  .meta({ description: "Who asks, for the commit log; only the owner of the local socket may say it" });

export const sessionName = z
  .string()
  .max(64)
  .meta({ description: "The session whose candidate is meant; the shared candidate without it" });

export const level = z
  .array(z.string().max(1024))
  .max(128)
  .meta({ description: "The level that edits and show are relative to, as words; the line is of configuration mode" });

const span = z.object({
  source: z.string(),
  line: z.int(),
  column: z.int(),
  endLine: z.int(),
  endColumn: z.int(),
}) satisfies z.ZodType<Span>;

export const diagnostic = z
  .object({
    code: z.string().meta({ description: "Stable; docs/diagnostics.md lists all" }),
    severity: z.enum(["error", "warning"]),
    path: z.array(z.string()).readonly().meta({ description: "The statement, as words" }),
    span: span.exactOptional(),
    message: z.string(),
    hint: z.string().exactOptional(),
  })
  .meta({ id: "Diagnostic" }) satisfies z.ZodType<Diagnostic>;

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: "One sentence: what is wrong and what to do" }),
    diagnostics: z.array(diagnostic).readonly().exactOptional(),
  })
  .meta({ id: "Problem" }) satisfies z.ZodType<ProblemBody>;

export const commandResult = z
  .object({
    ok: z.boolean(),
    text: z.string().meta({ description: "What a shell shows" }),
    diagnostics: z.array(diagnostic).readonly(),
    data: z.unknown().exactOptional().meta({ description: "The data of an operational command" }),
    live: z.boolean().exactOptional(),
    concludes: z.boolean().exactOptional(),
    draws: z
      .boolean()
      .exactOptional()
      .meta({ description: "Each piece that follows is a picture in place of the last" }),
    notice: z.string().exactOptional().meta({ description: "A commit waits for confirmation" }),
    mistake: z.object({ column: z.int(), text: z.string() }).exactOptional(),
    level: z.array(z.string()).readonly().exactOptional(),
    questions: z
      .array(z.object({ text: z.string(), secret: z.boolean().exactOptional() }))
      .readonly()
      .exactOptional(),
    prompt: z
      .object({
        hostName: z.string(),
        alarmCount: z.int(),
        mode: z.enum(["shared", "private", "exclusive"]).exactOptional(),
      })
      .exactOptional(),
  })
  .meta({ id: "CommandResult" }) satisfies z.ZodType<CommandResult>;

export const candidateWord = z.object({
  word: z.string(),
  help: z.string(),
  final: z.boolean().meta({ description: "The line may end after it" }),
  kept: z.literal(true).exactOptional().meta({ description: "The statement has no effect here" }),
  holds: z
    .enum(["statements", "values"])
    .exactOptional()
    .meta({ description: "What stands behind it: statements of its own, or any number of values" }),
}) satisfies z.ZodType<Candidate>;
