// `request security policies check` and `resync`: whether the kernel holds what the configuration in force says, and
// writing it there again.

import type { Gateway } from "../gateway.ts";
import { rulesetDifferences } from "../ruleset-differences.ts";
import { operation, OperationRefused } from "./operation.ts";
import { output } from "./reply.ts";

export interface PolicyCheck {
  readonly revision: number;
  readonly generation: number;
  /** What differed, as sentences. */
  readonly differences: readonly string[];
}

/** Differences that are shown; a table that somebody has emptied has thousands. */
const shownMax = 100;

export const requestSecurityPoliciesCheck = operation<PolicyCheck>({
  command: "request security policies check",
  help: "Compare the kernel with the policies in force",
  parameters: [],
  run: (gateway) => gateway.exclusively(() => check(gateway)),
  text: checkText,
  rpc: { name: "check-security-policies", reply: (data) => output(checkText(data)) },
});

export const requestSecurityPoliciesResync = operation<PolicyCheck>({
  command: "request security policies resync",
  help: "Write the policies in force into the kernel again",
  parameters: [],
  run: (gateway) =>
    gateway.exclusively(async () => {
      const { differences } = await check(gateway);
      await gateway.repair();
      return { ...inForce(gateway), differences };
    }),
  text: resyncText,
  rpc: { name: "recover-security-policy", reply: (data) => output(resyncText(data)) },
});

async function check(gateway: Gateway): Promise<PolicyCheck> {
  const { running } = gateway;
  if (running === undefined) throw new OperationRefused("no configuration is in force");
  return { ...inForce(gateway), differences: await rulesetDifferences(gateway.kernel, running) };
}

function inForce({ running }: Gateway): Pick<PolicyCheck, "revision" | "generation"> {
  return { revision: running?.revision ?? 0, generation: running?.generation ?? 0 };
}

function checkText({ revision, generation, differences }: PolicyCheck): string {
  const state = differences.length === 0 ? "in sync" : `out of sync, ${differences.length} differences`;
  return `Policies in the kernel: ${state} (revision ${revision}, generation ${generation})\n${listText(differences)}`;
}

function resyncText({ revision, generation, differences }: PolicyCheck): string {
  const what = differences.length === 0 ? "there was no difference" : `${differences.length} differences were repaired`;
  return `Policies of revision ${revision} written to the kernel as generation ${generation}; ${what}\n${listText(differences)}`;
}

function listText(differences: readonly string[]): string {
  const more = differences.length > shownMax ? [`  … and ${differences.length - shownMax} more\n`] : [];
  return [...differences.slice(0, shownMax).map((sentence) => `  ${sentence}\n`), ...more].join("");
}
