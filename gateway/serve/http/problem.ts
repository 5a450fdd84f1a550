// What is wrong with a request, as it is answered: a status and `application/problem+json` (RFC 9457). `detail` is one
// sentence for the operator; diagnostics come with it where the configuration is what is wrong.

import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import { CandidateRefused } from "../../candidate/candidate-refused.ts";
import { KernelFailure } from "../../kernel/kernel.ts";
import { OperationRefused } from "../../ops/operation.ts";
import { DamagedFile } from "../../store/checked-text.ts";
import { WriteFailure } from "../../store/durable-file.ts";
import { Unacceptable } from "../../unacceptable.ts";

/** The statuses that are answered, with their titles (RFC 9110, 15). */
export const problemTitles = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;

export type ProblemStatus = keyof typeof problemTitles;

export interface ProblemOptions {
  readonly diagnostics?: readonly Diagnostic[];
  readonly headers?: Readonly<Record<string, string>>;
}

export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: ProblemStatus;
  readonly diagnostics: readonly Diagnostic[];
  /** Of the answer: `www-authenticate`, `retry-after`, `allow`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: ProblemStatus, detail: string, { diagnostics = [], headers = {} }: ProblemOptions = {}) {
    super(detail);
    this.status = status;
    this.diagnostics = diagnostics;
    this.headers = headers;
  }

  /** The body of the answer. */
  get body(): ProblemBody {
    const { status, message, diagnostics } = this;
    const body = { type: "about:blank", title: problemTitles[status], status, detail: message } as const;
    return diagnostics.length === 0 ? body : { ...body, diagnostics };
  }
}

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly diagnostics?: readonly Diagnostic[];
}

/** What was thrown as a problem; undefined for a bug. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  if (error instanceof CandidateRefused) return new Problem(409, plain(error));
  if (error instanceof OperationRefused || error instanceof Unacceptable)
    return new Problem(422, plain(error), { diagnostics: error.diagnostics });
  if (error instanceof KernelFailure || error instanceof WriteFailure || error instanceof DamagedFile)
    return new Problem(503, plain(error));
  return undefined;
}

function plain({ message }: Error): string {
  return message.trimEnd();
}
