// Puts the parts of a gateway together and keeps them running until a signal: lock, state directory, kernel events,
// boot, local socket, logs, reconciliation, and the clock of what happens by itself.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { noDynamicMembers } from "@merlon/compiler/dynamic-addresses.ts";
import type { DynamicMembers } from "@merlon/compiler/dynamic-addresses.ts";
import type { ClusterNode } from "@merlon/junos/group-conditions.ts";
import type { ReadyLine } from "./api.ts";
import { boot } from "./boot.ts";
import type { InitialConfiguration } from "./boot.ts";
import { CommitTimer } from "./commit/commit-timer.ts";
import { readAnswerFile, writeAnswerFile } from "./dns/answer-file.ts";
import { askServers } from "./dns/ask-servers.ts";
import { answersOf } from "./dns/name-book.ts";
import type { SavedAnswer } from "./dns/name-book.ts";
import { NameResolver } from "./dns/name-resolver.ts";
import { Gateway } from "./gateway.ts";
import { InstanceLock } from "./instance-lock.ts";
import type { Kernel, KernelEvent } from "./kernel/kernel.ts";
import { LinuxKernel } from "./kernel/linux-kernel.ts";
import { auditLine, auditMessage } from "./log/audit-record.ts";
import { flowRecordOf } from "./log/flow-log.ts";
import { followLogs } from "./log/follow-logs.ts";
import { LogFile } from "./log/log-file.ts";
import { logLine } from "./log/log-message.ts";
import { LogRouter } from "./log/log-router.ts";
import { screenMessage } from "./log/screen-line.ts";
import { followRules, sessionInterest } from "./log/session-interest.ts";
import { openTransport } from "./log/stream/open-transport.ts";
import { flowLogForm, flowMessage } from "./log/syslog-line.ts";
import { readMemberFile, writeMemberFile } from "./membership/member-file.ts";
import { MemberKeeper } from "./membership/member-keeper.ts";
import { Reconciler } from "./reconcile.ts";
import { Repeater } from "./repeater.ts";
import { BindingKeeper } from "./schedule/binding-keeper.ts";
import { SessionAger } from "./schedule/session-ager.ts";
import { ScheduleTimer } from "./schedule/schedule-timer.ts";
import type { ServiceSockets } from "./serve/ways-in.ts";
import { makeFolder } from "./store/make-folder.ts";
import { RevisionStore } from "./store/revision-store.ts";

/** Rules of the old iptables change without a word. */
const foreignRulesMs = 60_000;

export interface RunOptions {
  readonly stateFolder: string;
  readonly initial: InitialConfiguration | undefined;
  /** Which node of a cluster this gateway is. */
  readonly node: ClusterNode | undefined;
  /** Descriptors of sockets that were bound for the services before this process began. */
  readonly sockets: ServiceSockets;
}

/** Resolves after a clean stop; throws when the gateway cannot start. */
export async function runGateway({ stateFolder, initial, node, sockets }: RunOptions): Promise<void> {
  const stopped = untilSignal();
  using _lock = await InstanceLock.take();
  const store = await RevisionStore.open(stateFolder);
  const kernel: Kernel = new LinuxKernel();
  await using flowLog = new LogFile(store.flowLogPath, (error) =>
    gateway.alarms.raise("log.write", "major", `flow.log cannot be written, entries are lost: ${String(error)}`),
  );
  await using auditLog = new LogFile(join(stateFolder, "audit.log"), (error) =>
    gateway.alarms.raise("audit.write", "major", `audit.log cannot be written, entries are lost: ${String(error)}`),
  );
  const router = await openRouter(stateFolder, () => gateway);
  const namesPath = join(stateFolder, "names.json");
  const names = await readNames(namesPath);
  const membersPath = join(stateFolder, "members.json");
  const gateway = new Gateway({
    answers: answersOf(names, Date.now()),
    dynamicMembers: await readMembers(membersPath),
    logDestinations: () => router.destinations(),
    kernel,
    store,
    node,
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    onAlarm: ({ kind, alarm }) => say(`${kind === "cleared" ? "alarm is over" : "alarm"}: ${alarm.message}`),
  });
  using _audit = gateway.logins.audit.listen((record) => {
    auditLog.write(auditLine(record, gateway.hostName, process.pid));
    router.write(auditMessage(record, process.pid));
  });
  using reconciler = new Reconciler(gateway);
  await using _candidates = gateway.candidates;
  // Listening begins before the policy is in force, so that not even the first session's event is missed.
  using watch = await kernel.watch(
    (event) => handle(event, { gateway, flowLog, router, reconciler }),
    sessionInterest(gateway.rules),
  );
  followRules(watch, gateway.rules);
  await boot(gateway, initial);
  await using _logs = await followLogs(gateway, router, sayBug);
  // What was there before the gateway is told by no event.
  void reconciler.checkForeignRules();
  const startToEnforcingMs = Math.round(process.uptime() * 1000);
  const socketPath = join(stateFolder, "merlon.sock");
  // A third of the program is ways in: read only now, because nobody is protected by them.
  const { openWaysIn } = await import("./serve/ways-in.ts");
  await using _waysIn = await openWaysIn(gateway, { stateFolder, socketPath, sockets, onError: sayBug });
  using _timer = CommitTimer.start(gateway);
  using _schedule = ScheduleTimer.start(gateway);
  using _looks = lookAgainAndAgain(gateway, reconciler);
  using _names = NameResolver.start(gateway, askServers, {
    saved: names,
    save: (answers) => writeAnswerFile(namesPath, answers),
  });
  await using _members = MemberKeeper.start(gateway, (members) => writeMemberFile(membersPath, members));
  const revision = gateway.running?.revision ?? 0;
  say(`enforcing revision ${revision} after ${startToEnforcingMs} ms`);
  const ready: ReadyLine = {
    event: "enforcing",
    pid: process.pid,
    revision,
    startToEnforcingMs,
    waitedForProcessorMs: waitedForProcessorMs(),
    socket: socketPath,
  };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  const signal = await stopped;
  say(`${signal}: stopping; the kernel goes on enforcing revision ${gateway.running?.revision ?? 0}`);
}

/** Who gets messages, with one alarm for all that do not get theirs. The gateway is there before the first message. */
async function openRouter(stateFolder: string, gateway: () => Gateway): Promise<LogRouter> {
  const folder = join(stateFolder, "log");
  await makeFolder(folder);
  const troubles = new Map<string, string>();
  return new LogRouter({
    folder,
    trustFolder: join(stateFolder, "tls"),
    open: openTransport,
    hostName: () => gateway().hostName,
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    onTrouble: (destination, trouble) => {
      if (trouble === undefined) troubles.delete(destination);
      else troubles.set(destination, trouble);
      const all = [...troubles.values()].join("; ");
      gateway().alarms.set("log.destination", "minor", all === "" ? undefined : all);
    },
  });
}

/** How full the table of sessions is, and what others do. */
function lookAgainAndAgain(gateway: Gateway, reconciler: Reconciler): Disposable {
  const looks = new DisposableStack();
  looks.use(SessionAger.start(gateway));
  looks.use(BindingKeeper.start(gateway));
  const check = () => reconciler.checkForeignRules();
  looks.use(new Repeater(check, () => foreignRulesMs));
  return looks;
}

/** The last addresses of domain names; none, with a word, where the file is damaged. */
async function readNames(path: string): Promise<readonly SavedAnswer[]> {
  try {
    return await readAnswerFile(path, Date.now());
  } catch (error) {
    say(`domain names are unknown until they are answered: ${String(error)}`);
    return [];
  }
}

/** The last members of dynamic addresses; none, with a word, where the file is damaged. */
async function readMembers(path: string): Promise<DynamicMembers> {
  try {
    return await readMemberFile(path);
  } catch (error) {
    say(`dynamic addresses have no members until they are given again: ${String(error)}`);
    return noDynamicMembers;
  }
}

interface Listeners {
  readonly gateway: Gateway;
  readonly flowLog: LogFile;
  readonly router: LogRouter;
  readonly reconciler: Reconciler;
}

function handle(event: KernelEvent, { gateway, flowLog, router, reconciler }: Listeners): void {
  switch (event.kind) {
    case "network-changed":
      return reconciler.networkChanged();
    case "ruleset-changed":
      return reconciler.rulesetChanged();
    case "events-lost": {
      const { source, count } = event;
      gateway.events.publish({ kind: "lost", source, count: count ?? null });
      return gateway.alarms.raise(
        "events.lost",
        "minor",
        `the kernel could not deliver some ${source} events to the log`,
      );
    }
    default: {
      const attack =
        event.kind === "packet-logged" ? gateway.rules.screens.recordOf(event.packet, gateway.nowMs()) : undefined;
      if (attack !== undefined) {
        const message = screenMessage(attack);
        flowLog.write(logLine(message, gateway.hostName, flowLogForm));
        if (!router.isSilent) router.write(message);
        return;
      }
      if (event.kind === "packet-logged" && gateway.rules.screens.isOurs(event.packet)) return;
      const record = flowRecordOf(event, gateway);
      if (record === undefined) return;
      const message = flowMessage(record);
      flowLog.write(logLine(message, gateway.hostName, flowLogForm));
      if (!router.isSilent) router.write(message);
      gateway.events.publish({ kind: "flow", record });
    }
  }
}

/** The first SIGTERM or SIGINT; a later one ends the process at once. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, resolve);
  });
}

function say(text: string): void {
  process.stderr.write(`${new Date().toISOString()} ${text}\n`);
}

function sayBug(error: unknown): void {
  say(`bug: ${stackOf(error)}`);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Of the main thread; 0 where the kernel does not say. */
function waitedForProcessorMs(): number {
  try {
    const [, waitedNs] = readFileSync("/proc/self/schedstat", "ascii").split(" ");
    return Math.round(Number(waitedNs ?? 0) / 1e6);
  } catch {
    return 0;
  }
}
