// All requests that are no operational command, by name, with the line that a user must be allowed to run for each.

import type { ParsedElement } from "@merlon/netconf/parse-xml.ts";
import { answerCommand } from "./command-rpc.ts";
import { cancelCommit, commit } from "./commit-rpc.ts";
import { commitConfiguration } from "./commit-configuration.ts";
import { closeSession, killSession, lock, lockConfiguration, unlock, unlockConfiguration } from "./datastore-lock.ts";
import { copyConfig, deleteConfig, discardChanges, editConfig, validate } from "./edit-config.ts";
import { get, getConfig } from "./get-config.ts";
import { getConfiguration } from "./get-configuration.ts";
import { loadConfiguration } from "./load-configuration.ts";
import type { NetconfSession } from "./netconf-session.ts";
import { closeConfiguration, openConfiguration } from "./open-configuration.ts";
import { getRescueInformation, getRollbackInformation } from "./rollback-information.ts";

/** What stands inside the `<rpc-reply>`, as text. Throws `RpcRefused` and what other ways into the gateway may throw. */
export type Answering = (session: NetconfSession, request: ParsedElement) => string | Promise<string>;

export interface Rpc {
  readonly permission?: string;
  readonly answer: Answering;
}

const configure = "configure";
const show = "show configuration";

export const rpcs: Readonly<Record<string, Rpc>> = {
  "cancel-commit": { permission: "commit", answer: cancelCommit },
  "close-configuration": { answer: closeConfiguration },
  "close-session": { answer: closeSession },
  command: { answer: answerCommand },
  commit: { permission: "commit", answer: commit },
  "commit-configuration": { permission: "commit", answer: commitConfiguration },
  "copy-config": { permission: configure, answer: copyConfig },
  "delete-config": { permission: configure, answer: deleteConfig },
  "discard-changes": { permission: configure, answer: discardChanges },
  "edit-config": { permission: configure, answer: editConfig },
  get: { permission: show, answer: get },
  "get-config": { permission: show, answer: getConfig },
  "get-configuration": { permission: show, answer: getConfiguration },
  "get-rescue-information": { permission: "show system configuration rescue", answer: getRescueInformation },
  "get-rollback-information": { permission: "show system rollback", answer: getRollbackInformation },
  "kill-session": { permission: "request system logout", answer: killSession },
  "load-configuration": { permission: "load", answer: loadConfiguration },
  lock: { permission: configure, answer: lock },
  "lock-configuration": { permission: configure, answer: lockConfiguration },
  "open-configuration": { permission: configure, answer: openConfiguration },
  "request-end-session": { answer: closeSession },
  unlock: { permission: configure, answer: unlock },
  "unlock-configuration": { permission: configure, answer: unlockConfiguration },
  validate: { permission: configure, answer: validate },
};
