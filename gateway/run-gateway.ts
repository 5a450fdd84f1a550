// Puts the parts of a gateway together and keeps them running until a signal: lock, state directory, kernel events,
// boot, local socket, logs, reconciliation, and the clock of what happens by itself.

import { join } from "node:path";
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
import { flowRecordOf } from "./log/flow-log.ts";
import { LogFile } from "./log/log-file.ts";
import { syslogLine } from "./log/syslog-line.ts";
import { Reconciler } from "./reconcile.ts";
import { ScheduleTimer } from "./schedule/schedule-timer.ts";
import { LocalSocket } from "./serve/local-socket.ts";
import { RevisionStore } from "./store/revision-store.ts";

export interface RunOptions {
  readonly stateFolder: string;
  readonly initial: InitialConfiguration | undefined;
  /** Which node of a cluster this gateway is. */
  readonly node: ClusterNode | undefined;
}

/** Resolves after a clean stop; throws when the gateway cannot start. */
export async function runGateway({ stateFolder, initial, node }: RunOptions): Promise<void> {
  const stopped = untilSignal();
  using _lock = await InstanceLock.take();
  const store = await RevisionStore.open(stateFolder);
  const kernel: Kernel = new LinuxKernel();
  await using flowLog = new LogFile(join(stateFolder, "flow.log"), (error) =>
    gateway.alarms.raise("log.write", "major", `flow.log cannot be written, entries are lost: ${String(error)}`),
  );
  const namesPath = join(stateFolder, "names.json");
  const names = await readNames(namesPath);
  const gateway = new Gateway({
    answers: answersOf(names, Date.now()),
    kernel,
    store,
    node,
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    onAlarm: ({ kind, alarm }) => say(`${kind === "cleared" ? "alarm is over" : "alarm"}: ${alarm.message}`),
  });
  using reconciler = new Reconciler(gateway);
  await using _candidates = gateway.candidates;
  // Listening begins before the policy is in force, so that not even the first session's event is missed.
  using _watch = await kernel.watch((event) => handle(event, gateway, flowLog, reconciler));
  await boot(gateway, initial);
  const startToEnforcingMs = Math.round(process.uptime() * 1000);
  const socketPath = join(stateFolder, "merlon.sock");
  await using _socket = await LocalSocket.listen(socketPath, gateway, (error) => say(`bug: ${stackOf(error)}`));
  using _timer = CommitTimer.start(gateway);
  using _schedule = ScheduleTimer.start(gateway);
  using _names = NameResolver.start(gateway, askServers, {
    saved: names,
    save: (answers) => writeAnswerFile(namesPath, answers),
  });
  const revision = gateway.running?.revision ?? 0;
  say(`enforcing revision ${revision} after ${startToEnforcingMs} ms`);
  const ready: ReadyLine = { event: "enforcing", pid: process.pid, revision, startToEnforcingMs, socket: socketPath };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  const signal = await stopped;
  say(`${signal}: stopping; the kernel goes on enforcing revision ${gateway.running?.revision ?? 0}`);
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

function handle(event: KernelEvent, gateway: Gateway, flowLog: LogFile, reconciler: Reconciler): void {
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
      const record = flowRecordOf(event, gateway);
      if (record === undefined) return;
      flowLog.write(syslogLine(record, gateway.hostName));
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

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
