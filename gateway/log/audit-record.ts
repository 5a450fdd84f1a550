// What people did: who logged in from where, what he typed, what he committed. Names and fields are those of the original,
// so that collectors that know it find them. A record never holds a secret: commands are masked before they come here.

import { logLine } from "./log-message.ts";
import type { LogMessage } from "./log-message.ts";

export interface AuditRecord {
  readonly atMs: number;
  readonly name: AuditName;
  /** In the order of the original; the user is `username`. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The sentence for people. */
  readonly message: string;
}

/** syslog severities (RFC 5424, 6.2.1) and the program that the original says it with. */
const kinds = {
  LIBJNX_LOGIN_ACCOUNT_LOCKED: { severity: 5, program: "sshd" },
  SSHD_CONNECTION_REFUSED: { severity: 4, program: "sshd" },
  SSHD_LOGIN_ATTEMPTS_THRESHOLD: { severity: 4, program: "sshd" },
  SSHD_LOGIN_FAILED: { severity: 6, program: "sshd" },
  UI_AUTH_EVENT: { severity: 6, program: "mgd" },
  UI_CMDLINE_READ_LINE: { severity: 6, program: "mgd" },
  UI_COMMIT: { severity: 5, program: "mgd" },
  UI_COMMIT_COMPLETED: { severity: 4, program: "mgd" },
  UI_LOGIN_EVENT: { severity: 6, program: "mgd" },
  UI_LOGOUT_EVENT: { severity: 6, program: "mgd" },
} as const;

export type AuditName = keyof typeof kinds;

export function severityOf(record: AuditRecord): number {
  return kinds[record.name].severity;
}

export function programOf(record: AuditRecord): "sshd" | "mgd" {
  return kinds[record.name].program;
}

/** Of the original: `authorization` for logins, `interactive-commands` for what is typed (authpriv, local7). */
export function facilityOf(record: AuditRecord): number {
  return programOf(record) === "sshd" ? 10 : 23;
}

/** A line of structured syslog. `processId` is the gateway's. */
export function auditLine(record: AuditRecord, hostName: string, processId: number): string {
  return logLine(auditMessage(record, processId), hostName, { kind: "structured" });
}

export function auditMessage(record: AuditRecord, processId: number): LogMessage {
  const { atMs, name, fields, message } = record;
  const level = { facility: facilityOf(record), severity: severityOf(record) };
  return { ...level, atMs, program: programOf(record), processId, name, fields, sentence: message };
}
