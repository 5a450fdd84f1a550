// The gateway over a kernel in memory: commits, refusals, repairs, and a death at every single step of a commit.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { firstPolicyRuleId } from "@merlon/compiler/ir.ts";
import { generationOf } from "@merlon/compiler/nft/generation.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { printTree } from "@merlon/junos/print.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { boot } from "./boot.ts";
import { prepare } from "./commit/prepare.ts";
import { Gateway } from "./gateway.ts";
import { FakeKernel } from "./kernel/fake-kernel.ts";
import { KernelFailure } from "./kernel/kernel.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { Reconciler } from "./reconcile.ts";
import { runCommand } from "./serve/command.ts";
import { RevisionStore } from "./store/revision-store.ts";
import { expectEnforced as expectEnforcedBy, freshKernel, initial, mortal, typeAs } from "./testing/test-gateway.ts";

let folder: string;
let kernel: FakeKernel;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "merlon-gateway-"));
  kernel = freshKernel();
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function open(door: Kernel = kernel, store?: RevisionStore): Promise<Gateway> {
  let clock = 1_700_000_000_000;
  return new Gateway({
    kernel: door,
    store: store ?? (await RevisionStore.open(folder)),
    nowMs: () => (clock += 1000),
    monotonicMs: () => clock,
    graceMs: 0,
    onAlarm: () => undefined,
  });
}

async function booted(): Promise<Gateway> {
  const gateway = await open();
  await boot(gateway, initial);
  return gateway;
}

const ana = { user: "ana", via: "cli" };

async function type(gateway: Gateway, ...lines: readonly string[]): Promise<string> {
  return typeAs(gateway, ana, ...lines);
}

function expectEnforced(gateway: Gateway): void {
  expectEnforcedBy(gateway, kernel);
}

describe("boot", () => {
  test("an initial configuration becomes revision 1, then forwarding is on", async () => {
    const gateway = await booted();
    expectEnforced(gateway);
    expect(gateway.running?.revision).toBe(1);
    expect(kernel.sysctls.get("net.ipv4.ip_forward")).toBe("1");
    expect(await type(gateway, "show system commit")).toMatch(
      /^0 .* by root via boot\n {4}initial configuration test\.conf\n$/,
    );
  });

  test("a restart enforces the recorded revision and does not look at the initial configuration", async () => {
    await type(await booted(), "set system host-name changed", "commit");
    const again = await open();
    await boot(again, { source: "other.conf", text: "this is not even a configuration" });
    expect(again.hostName).toBe("changed");
    expectEnforced(again);
  });

  test("a broken initial configuration closes transit, leaves forwarding alone and says where the error is", async () => {
    const broken = { source: "broken.conf", text: "security {\n  zones {\n    secuirty-zone web;\n  }\n}\n" };
    await expect(boot(await open(), broken)).rejects.toThrow(/broken\.conf:3:5: error: /);
    expect(kernel.table?.chains.find(({ hook }) => hook?.hook === "forward")?.hook?.policy).toBe("drop");
    expect(kernel.table?.chains.some(({ hook }) => hook?.hook === "input")).toBe(false);
    expect(kernel.sysctls.get("net.ipv4.ip_forward")).not.toBe("1");
  });

  test("without any configuration it says what to give", async () => {
    await expect(boot(await open(), undefined)).rejects.toThrow(/--config FILE/);
  });

  test("a damaged revision is an error and the policy in the kernel stays", async () => {
    const gateway = await booted();
    const before = kernel.table;
    await gateway.store.removeRevision(1);
    await expect(boot(await open(), initial)).rejects.toThrow(/revision 1 is in force but its file is missing/);
    expect(kernel.table).toEqual(before);
  });

  test("sessions that no policy in force permits are ended", async () => {
    const gateway = await booted();
    const sql = gateway.running?.prepared.ir.contexts
      .flatMap(({ rules }) => rules)
      .find((rule) => rule.policy.name === "sql");
    const tuple = { source: { family: 4, value: 1 }, destination: { family: 4, value: 2 }, protocol: 6 } as const;
    kernel.sessions = [sql?.id ?? 0, 4242, 0, 3].map((mark, id) => ({ id, mark, original: tuple, reply: tuple }));
    await boot(await open(), undefined);
    expect(kernel.sessions.map(({ mark }) => mark)).toEqual([sql?.id, 0, 3]);
  });

  test("sessions from before the first configuration are nobody's: no rule has their numbers, and they are ended", async () => {
    const tuple = { source: { family: 4, value: 1 }, destination: { family: 4, value: 2 }, protocol: 6 } as const;
    kernel.sessions = [17, 4242, 0xff_fff0, 0].map((mark, id) => ({ id, mark, original: tuple, reply: tuple }));
    const gateway = await booted();
    const ids = (gateway.running?.prepared.ir.contexts ?? []).flatMap(({ rules }) => rules.map(({ id }) => Number(id)));
    expect(ids.length).toBeGreaterThan(0);
    expect(ids.filter((id) => id >= firstPolicyRuleId && (id <= 4242 || id >= 2 ** 23))).toEqual([]);
    expect(kernel.sessions.map(({ mark }) => mark)).toEqual([0]);
  });
});

describe("commit", () => {
  test("set, compare, commit, rollback, commit", async () => {
    const gateway = await booted();
    const original = printTree(gateway.candidate);
    const line =
      "set security policies from-zone data to-zone web policy back match source-address any destination-address any application any";
    expect(await type(gateway, line, "set security policies from-zone data to-zone web policy back then deny")).toBe(
      "",
    );
    expect(await type(gateway, "show | compare")).toContain("+");
    expect(await type(gateway, 'commit comment "why not"')).toContain("commit complete\n");
    expect(gateway.running?.revision).toBe(2);
    expect(await type(gateway, "show | compare")).toBe("");
    expectEnforced(gateway);
    expect(await type(gateway, "rollback 1", "commit")).toContain("commit complete\n");
    expect(printTree(gateway.candidate)).toBe(original);
    expect(gateway.running?.revision).toBe(3);
    expectEnforced(gateway);
    expect(await type(gateway, "show system commit | count")).toBe("Count: 5 lines\n");
  });

  test("nothing to commit is no new revision", async () => {
    const gateway = await booted();
    expect(await type(gateway, "commit")).toBe("commit complete (nothing had changed)\n");
    expect(gateway.running?.revision).toBe(1);
  });

  test.each([
    ["an unknown zone", "set security policies from-zone web to-zone nowhere policy p then permit"],
    ["an unknown address", "set security policies from-zone web to-zone data policy sql match source-address nobody"],
    ["an interface in two zones", "set security zones security-zone data interfaces eth1"],
  ])("%s is refused and nothing changes", async (_, line) => {
    const gateway = await booted();
    const { table } = kernel;
    const text = await type(gateway, line, "commit");
    expect(text).toContain("error: ");
    expect(text).toContain("commit failed; the configuration in force is unchanged\n");
    expect(kernel.table).toEqual(table);
    expect(gateway.running?.revision).toBe(1);
    expect(await gateway.store.readJournal()).toBeUndefined();
  });

  test("sessions of a deleted policy are ended, those of others go on", async () => {
    const gateway = await booted();
    const sql =
      gateway.running?.prepared.ir.contexts.flatMap(({ rules }) => rules).find((rule) => rule.policy.name === "sql")
        ?.id ?? 0;
    const tuple = { source: { family: 4, value: 1 }, destination: { family: 4, value: 2 }, protocol: 6 } as const;
    kernel.sessions = [sql, sql, 0].map((mark, id) => ({ id, mark, original: tuple, reply: tuple }));
    await type(gateway, "set system host-name other", "commit");
    expect(kernel.sessions).toHaveLength(3);
    await type(gateway, "delete security policies from-zone web to-zone data policy sql", "commit");
    expect(kernel.sessions.map(({ mark }) => mark)).toEqual([0]);
    expectEnforced(gateway);
  });

  test.each(["applyTransaction", "readTable", "applyNetwork", "readNetwork"] as const)(
    "when the kernel refuses %s, the old policy stands and a later commit works",
    async (operation) => {
      const gateway = await booted();
      await type(gateway, "set interfaces eth1 unit 0 family inet address 10.1.0.9/24");
      kernel.failNext(operation, new KernelFailure("no room in the kernel", "ENOMEM"));
      const text = await type(gateway, "commit");
      expect(text).toContain("no room in the kernel");
      expect(gateway.running?.revision).toBe(1);
      await new Reconciler(gateway).checkRuleset();
      expectEnforced(gateway);
      expect(gateway.alarms.list()).toEqual([]);
      expect(await type(gateway, "commit")).toContain("commit complete\n");
      expectEnforced(gateway);
    },
  );

  test("an interface that belongs to a bridge is refused by name", async () => {
    const gateway = await booted();
    kernel.links = kernel.links.map((link) => (link.device === "eth2" ? { ...link, master: "br0" } : link));
    const text = await type(gateway, "set interfaces eth2 unit 0 family inet address 10.2.0.9/24", "commit");
    expect(text).toContain("eth2 is a port of br0");
  });

  test("many commits at once happen one after the other", async () => {
    const gateway = await booted();
    await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        await runCommand(gateway, `set system host-name name${i}`, ana);
        return runCommand(gateway, "commit", ana);
      }),
    );
    expectEnforced(gateway);
    expect(await gateway.store.readActive()).toEqual({
      revision: gateway.running?.revision,
      generation: gateway.running?.generation,
    });
  });
});

describe("killed at every step of a commit", () => {
  const change = "delete security policies from-zone web to-zone data policy sql";

  test("the next start enforces the old revision or the new one, whichever the kernel had, as a whole", async () => {
    const seen = new Set<string>();
    for (let calls = 0; ; calls++) {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      kernel = freshKernel();
      await booted();
      const life = { calls: Number.POSITIVE_INFINITY };
      const dying = await open(mortal<Kernel>(kernel, life), mortal(await RevisionStore.open(folder), life));
      await boot(dying, undefined);
      await type(dying, change);
      life.calls = calls;
      const outcome = await runCommand(dying, "commit", ana).catch(() => undefined);
      const generation = kernel.table === undefined ? undefined : generationOf(kernel.table);
      const enforcedNew =
        generation !== undefined && generation > (dying.running?.generation ?? 0) ? true : outcome?.ok === true;
      expect(generation).toBeDefined();

      const next = await open();
      await boot(next, undefined);
      expectEnforced(next);
      const { revision } = next.running ?? {};
      expect([1, 2]).toContain(revision);
      if (outcome?.ok === true) expect(revision).toBe(2);
      seen.add(`${revision} ${enforcedNew}`);
      expect(await next.store.readJournal()).toBeUndefined();
      // A commit after the recovery works, and its number was never used for something else.
      expect(await type(next, "set system host-name after", "commit")).toContain("commit complete\n");
      expect((await next.store.listRevisions()).length).toBe(revision === 1 ? 2 : 3);
      if (outcome?.ok === true) break;
    }
    expect([...seen].some((it) => it.startsWith("1"))).toBe(true);
    expect([...seen].some((it) => it.startsWith("2"))).toBe(true);
  });
});

describe("reconciliation", () => {
  test("rules changed by hand are put back and an alarm says what they were", async () => {
    const gateway = await booted();
    kernel.tamper((table) => {
      if (table === undefined) return undefined;
      const chains = table.chains.map((chain) => (chain.hook?.hook === "forward" ? { ...chain, rules: [] } : chain));
      return { ...table, chains };
    });
    await new Reconciler(gateway).checkRuleset();
    expectEnforced(gateway);
    expect(gateway.alarms.list()).toMatchObject([{ code: "ruleset.drift" }]);
  });

  test("a deleted table is put back", async () => {
    const gateway = await booted();
    kernel.tamper(() => undefined);
    await new Reconciler(gateway).checkRuleset();
    expectEnforced(gateway);
  });

  test("a fight is not fought for ever", async () => {
    const gateway = await booted();
    const reconciler = new Reconciler(gateway);
    for (let i = 0; i < 40; i++) {
      kernel.tamper(() => undefined);
      await reconciler.checkRuleset();
    }
    expect(gateway.alarms.list().some(({ code }) => code === "ruleset.contested")).toBe(true);
  });

  test("a device that appears later is set up, one that vanishes is reported", async () => {
    kernel.links = kernel.links.filter(({ device }) => device !== "eth2");
    const gateway = await booted();
    const reconciler = new Reconciler(gateway);
    expect(gateway.alarms.list()).toMatchObject([{ code: "interface.absent" }]);
    kernel.links = FakeKernel.withDevices("eth1", "eth2").links;
    await reconciler.checkNetwork();
    expect(gateway.alarms.list()).toEqual([]);
    expect(kernel.links.find(({ device }) => device === "eth2")?.addresses).toHaveLength(1);
    kernel.links = kernel.links.filter(({ device }) => device !== "eth1");
    await reconciler.checkNetwork();
    expect(gateway.alarms.list()).toMatchObject([{ code: "interface.absent" }]);
  });
});

test("what is prepared from the printed configuration is what is in force", async () => {
  const gateway = await booted();
  const text = printTree(gateway.candidate);
  const loaded = loadConfiguration(emptyTree, text, { action: "override", source: "printed" });
  const prepared = prepare(
    loaded.tree,
    gateway.running?.prepared.ruleIds ?? { next: 16, ids: {}, freed: [] },
    gateway.world,
  );
  expect(prepared.ok && prepared.prepared.ir.contexts.map(({ rules }) => rules.map(({ id }) => id))).toEqual(
    gateway.running?.prepared.ir.contexts.map(({ rules }) => rules.map(({ id }) => id)),
  );
});
