// What follows the configuration: at the start, at each commit and from time to time; one round at a time, over failures.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Following } from "./following.ts";
import type { FollowingOptions } from "./following.ts";
import type { AuditRecord } from "./log/audit-record.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function followed() {
  const listeners = new Set<(record: AuditRecord) => void>();
  const listen = (listener: (record: AuditRecord) => void) => {
    listeners.add(listener);
    return { [Symbol.dispose]: () => void listeners.delete(listener) };
  };
  const say = (name: AuditRecord["name"]): void => {
    for (const listener of listeners) listener({ atMs: 0, name, fields: [], message: "" });
  };
  const gateway: FollowingOptions["gateway"] = { logins: { audit: { listen } } };
  return { gateway, listeners, commit: () => say("UI_COMMIT_COMPLETED"), say };
}

const never = (error: unknown): never => {
  throw error;
};

test("a round at the start, one at each commit, one every five seconds, and none at other events", async () => {
  const { gateway, commit, say } = followed();
  let rounds = 0;
  const apply = async (): Promise<void> => void rounds++;
  await using _ = await Following.start({ gateway, apply, onError: never });
  expect(rounds).toBe(1);
  commit();
  await vi.advanceTimersByTimeAsync(0);
  expect(rounds).toBe(2);
  say("UI_COMMIT");
  say("UI_LOGIN_EVENT");
  await vi.advanceTimersByTimeAsync(4_999);
  expect(rounds).toBe(2);
  await vi.advanceTimersByTimeAsync(5_001);
  expect(rounds).toBe(4);
});

test("a commit during the first round is followed, too", async () => {
  const { gateway, commit } = followed();
  let rounds = 0;
  const apply = async (): Promise<void> => {
    if (rounds++ === 0) commit();
  };
  await using _ = await Following.start({ gateway, apply, onError: never });
  await vi.advanceTimersByTimeAsync(0);
  expect(rounds).toBe(2);
});

test("rounds do not overlap, and many commits meanwhile are one more round", async () => {
  const { gateway, commit } = followed();
  const begun: PromiseWithResolvers<void>[] = [];
  let [under, most] = [0, 0];
  const apply = async (): Promise<void> => {
    most = Math.max(most, ++under);
    const end = Promise.withResolvers<void>();
    begun.push(end);
    await end.promise;
    under--;
  };
  const starting = Following.start({ gateway, apply, onError: never });
  await vi.advanceTimersByTimeAsync(0);
  for (let count = 0; count < 50; count++) commit();
  begun[0]?.resolve();
  const following = await starting;
  await vi.advanceTimersByTimeAsync(0);
  expect(begun).toHaveLength(2);
  const last = following.round();
  begun[1]?.resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(begun).toHaveLength(3);
  begun[2]?.resolve();
  await last;
  expect(most).toBe(1);
  await following[Symbol.asyncDispose]();
});

test("a round that fails is told, and the next one comes", async () => {
  const { gateway, commit } = followed();
  const errors: unknown[] = [];
  let rounds = 0;
  const apply = (): Promise<void> => (rounds++ % 2 === 0 ? Promise.reject(new Error("no")) : Promise.resolve());
  await using _ = await Following.start({ gateway, apply, onError: (error) => errors.push(error) });
  commit();
  await vi.advanceTimersByTimeAsync(0);
  commit();
  await vi.advanceTimersByTimeAsync(0);
  expect([rounds, errors]).toEqual([3, [new Error("no"), new Error("no")]]);
});

test("after the end nobody listens and nothing begins, and what is under way is waited for", async () => {
  const { gateway, commit, listeners } = followed();
  let rounds = 0;
  const end = Promise.withResolvers<void>();
  const apply = (): Promise<void> => (rounds++ === 0 ? Promise.resolve() : end.promise);
  const following = await Following.start({ gateway, apply, onError: never });
  commit();
  await vi.advanceTimersByTimeAsync(0);
  const waiting = following.round();
  let isOver = false;
  const ending = following[Symbol.asyncDispose]().then(() => (isOver = true));
  await vi.advanceTimersByTimeAsync(20_000);
  expect([rounds, isOver, listeners.size]).toEqual([2, false, 0]);
  end.resolve();
  await ending;
  await waiting;
  expect(rounds).toBe(2);
});
