// All operational commands. A new one is a file beside this one and a line below.

import type { AnyOperation } from "./operation.ts";
import { clearSystemCommit } from "./clear-system-commit.ts";
import { loadConfigurationOperation } from "./load-configuration.ts";
import { requestSystemConfigurationRescueDelete } from "./request-system-configuration-rescue-delete.ts";
import { requestSystemConfigurationRescueSave } from "./request-system-configuration-rescue-save.ts";
import { showInterfaces } from "./show-interfaces.ts";
import { showRoute } from "./show-route.ts";
import { showSecurityFlowSession } from "./show-security-flow-session.ts";
import { showSecurityMatchPolicies } from "./show-security-match-policies.ts";
import { showSecurityPolicies } from "./show-security-policies.ts";
import { showSecurityPoliciesHitCount } from "./show-security-policies-hit-count.ts";
import { showSecurityZones } from "./show-security-zones.ts";
import { showSystemAlarms } from "./show-system-alarms.ts";
import { showSystemCapabilities } from "./show-system-capabilities.ts";
import { showSystemCommit } from "./show-system-commit.ts";
import { showSystemConfigurationRescue } from "./show-system-configuration-rescue.ts";
import { showSystemRollback } from "./show-system-rollback.ts";
import { showVersion } from "./show-version.ts";

export const operations: readonly AnyOperation[] = [
  clearSystemCommit,
  loadConfigurationOperation,
  requestSystemConfigurationRescueDelete,
  requestSystemConfigurationRescueSave,
  showInterfaces,
  showRoute,
  showSecurityFlowSession,
  showSecurityMatchPolicies,
  showSecurityPolicies,
  showSecurityPoliciesHitCount,
  showSecurityZones,
  showSystemAlarms,
  showSystemCapabilities,
  showSystemCommit,
  showSystemConfigurationRescue,
  showSystemRollback,
  showVersion,
];

/** Those that are typed at the shell. */
export const typedOperations: readonly AnyOperation[] = operations.filter(({ forPrograms }) => !forPrograms);

export function operationNamed(name: string): AnyOperation | undefined {
  return operations.find((operation) => operation.name === name);
}
