// All operational commands. A new one is a file beside this one and a line below.

import type { AnyOperation } from "./operation.ts";
import { changeDynamicAddress } from "./change-dynamic-address.ts";
import { clearArp, clearArpAll } from "./clear-arp.ts";
import { clearIpv6Neighbors, clearIpv6NeighborsAll } from "./clear-ipv6-neighbors.ts";
import { clearSessionOperations } from "./clear-security-flow-session.ts";
import { clearSecurityNatPersistentTable } from "./clear-security-nat-persistent-table.ts";
import { clearSecurityNatStatistics } from "./clear-security-nat-statistics.ts";
import { clearSecurityPoliciesHitCount } from "./clear-security-policies-hit-count.ts";
import { clearSecurityScreenStatistics } from "./clear-security-screen-statistics.ts";
import { clearSystemCommit } from "./clear-system-commit.ts";
import { clearSystemLoginLockout } from "./clear-system-login-lockout.ts";
import { fileChecksums, fileDelete, fileList, fileShow } from "./file-list.ts";
import { loadConfigurationOperation } from "./load-configuration.ts";
import { monitorInterface, monitorInterfaceTraffic } from "./monitor-interface.ts";
import { monitorSecurityFlow } from "./monitor-security-flow.ts";
import { monitorSecurityPacketDrop } from "./monitor-security-packet-drop.ts";
import { monitorStart } from "./monitor-start.ts";
import { ping } from "./ping.ts";
import { requestSecurityPoliciesCheck, requestSecurityPoliciesResync } from "./request-security-policies.ts";
import { requestSupportInformation } from "./request-support-information.ts";
import { requestSystemApiTokenCreate, requestSystemApiTokenDelete } from "./request-system-api-token.ts";
import { requestSystemConfigurationRescueDelete } from "./request-system-configuration-rescue-delete.ts";
import { requestSystemConfigurationRescueSave } from "./request-system-configuration-rescue-save.ts";
import { requestSystemLogout } from "./request-system-logout.ts";
import { showArp } from "./show-arp.ts";
import { showChassisClusterStatus } from "./show-chassis-cluster-status.ts";
import { showChassisEnvironment, showChassisFpc } from "./show-chassis-environment.ts";
import { showChassisHardware } from "./show-chassis-hardware.ts";
import { showChassisRoutingEngine } from "./show-chassis-routing-engine.ts";
import { showHost } from "./show-host.ts";
import { showInterfaces } from "./show-interfaces.ts";
import { showIpv6Neighbors } from "./show-ipv6-neighbors.ts";
import { showLog } from "./show-log.ts";
import { showRoute } from "./show-route.ts";
import { showRouteSummary } from "./show-route-summary.ts";
import { showSchedulers } from "./show-schedulers.ts";
import { showSecurityAddressBook } from "./show-security-address-book.ts";
import { showSecurityAlgStatus } from "./show-security-alg-status.ts";
import { showSecurityDnsCache } from "./show-security-dns-cache.ts";
import { showSecurityDynamicAddress } from "./show-security-dynamic-address.ts";
import { showSecurityFlowSession } from "./show-security-flow-session.ts";
import { showSecurityFlowSessionIdentifier } from "./show-security-flow-session-identifier.ts";
import { showSecurityFlowStatistics } from "./show-security-flow-statistics.ts";
import { showSecurityFlowStatus } from "./show-security-flow-status.ts";
import { showSecurityMatchPolicies } from "./show-security-match-policies.ts";
import { showSecurityMatchPoliciesGlobal } from "./show-security-match-policies-global.ts";
import { showSecurityNatDestinationPool, showSecurityNatSourcePool } from "./show-security-nat-pool.ts";
import {
  showSecurityNatDestinationRule,
  showSecurityNatSourceRule,
  showSecurityNatStaticRule,
} from "./show-security-nat-rule.ts";
import { showSecurityNatPersistentTable } from "./show-security-nat-persistent-table.ts";
import { showSecurityNatDestinationSummary, showSecurityNatSourceSummary } from "./show-security-nat-summary.ts";
import { showSecurityPacketDropRecords } from "./show-security-packet-drop-records.ts";
import { showSecurityPolicies } from "./show-security-policies.ts";
import { showSecurityPoliciesGlobal } from "./show-security-policies-global.ts";
import { showSecurityPoliciesHitCount } from "./show-security-policies-hit-count.ts";
import { showSecurityScreenIdsOption } from "./show-security-screen-ids-option.ts";
import { showSecurityScreenStatistics } from "./show-security-screen-statistics.ts";
import { showSecurityScreenWhiteList } from "./show-security-screen-white-list.ts";
import { showSecurityShadowPolicies, showSecurityShadowPoliciesGlobal } from "./show-security-shadow-policies.ts";
import { showSecurityZones } from "./show-security-zones.ts";
import { showChassisAlarms, showSystemAlarms } from "./show-system-alarms.ts";
import { showSystemApiTokens } from "./show-system-api-tokens.ts";
import { showSystemCapabilities } from "./show-system-capabilities.ts";
import { showSystemCommit } from "./show-system-commit.ts";
import { showSystemCommitRevision } from "./show-system-commit-revision.ts";
import { showSystemConfigurationRescue } from "./show-system-configuration-rescue.ts";
import { showSystemForeignRules } from "./show-system-foreign-rules.ts";
import { showSystemInformation } from "./show-system-information.ts";
import { showSystemLicense } from "./show-system-license.ts";
import { showSystemMemory } from "./show-system-memory.ts";
import { showSystemLogDestinations } from "./show-system-log-destinations.ts";
import { showSystemLoginLockout } from "./show-system-login-lockout.ts";
import { showSystemProcesses } from "./show-system-processes.ts";
import { showSystemRollback } from "./show-system-rollback.ts";
import { showSystemStorage } from "./show-system-storage.ts";
import { showSystemUptime } from "./show-system-uptime.ts";
import { showSystemUsers } from "./show-system-users.ts";
import { showVersion } from "./show-version.ts";
import { traceroute } from "./traceroute.ts";

export const operations: readonly AnyOperation[] = [
  changeDynamicAddress,
  clearArp,
  clearArpAll,
  clearIpv6Neighbors,
  clearIpv6NeighborsAll,
  ...clearSecurityNatPersistentTable,
  ...clearSecurityNatStatistics,
  clearSecurityPoliciesHitCount,
  clearSecurityScreenStatistics,
  ...clearSessionOperations,
  clearSystemCommit,
  clearSystemLoginLockout,
  ...fileChecksums,
  fileDelete,
  fileList,
  fileShow,
  loadConfigurationOperation,
  monitorInterface,
  monitorInterfaceTraffic,
  monitorSecurityFlow,
  monitorSecurityPacketDrop,
  monitorStart,
  ping,
  requestSecurityPoliciesCheck,
  requestSecurityPoliciesResync,
  requestSupportInformation(operationNamed),
  requestSystemApiTokenCreate,
  requestSystemApiTokenDelete,
  requestSystemConfigurationRescueDelete,
  requestSystemConfigurationRescueSave,
  requestSystemLogout,
  showArp,
  showChassisAlarms,
  showChassisClusterStatus,
  showChassisEnvironment,
  showChassisFpc,
  showChassisHardware,
  showChassisRoutingEngine,
  showHost,
  showInterfaces,
  showIpv6Neighbors,
  showLog,
  showRoute,
  showRouteSummary,
  showSchedulers,
  showSecurityAddressBook,
  showSecurityAlgStatus,
  showSecurityDnsCache,
  showSecurityDynamicAddress,
  showSecurityFlowSession,
  showSecurityFlowSessionIdentifier,
  showSecurityFlowStatistics,
  showSecurityFlowStatus,
  showSecurityMatchPolicies,
  showSecurityMatchPoliciesGlobal,
  showSecurityNatDestinationPool,
  showSecurityNatDestinationRule,
  showSecurityNatDestinationSummary,
  ...showSecurityNatPersistentTable,
  showSecurityNatSourcePool,
  showSecurityNatSourceRule,
  showSecurityNatSourceSummary,
  showSecurityNatStaticRule,
  showSecurityPacketDropRecords,
  showSecurityPolicies,
  showSecurityPoliciesGlobal,
  showSecurityPoliciesHitCount,
  showSecurityScreenIdsOption,
  showSecurityScreenStatistics,
  showSecurityScreenWhiteList,
  showSecurityShadowPolicies,
  showSecurityShadowPoliciesGlobal,
  showSecurityZones,
  showSystemAlarms,
  showSystemApiTokens,
  showSystemCapabilities,
  showSystemCommit,
  showSystemCommitRevision,
  showSystemConfigurationRescue,
  showSystemForeignRules,
  showSystemInformation,
  showSystemLicense,
  showSystemMemory,
  showSystemLogDestinations,
  showSystemLoginLockout,
  showSystemProcesses,
  showSystemRollback,
  showSystemStorage,
  showSystemUptime,
  showSystemUsers,
  showVersion,
  traceroute,
];

/** Those that are typed at the shell. */
export const typedOperations: readonly AnyOperation[] = operations.filter(({ forPrograms }) => !forPrograms);

export function operationNamed(name: string): AnyOperation | undefined {
  return operations.find((operation) => operation.name === name);
}
