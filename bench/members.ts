// How long it takes until a member of a dynamic address has joined or left, one of a thousand: from the call to the answer,
// read back included, and in the kernel alone. One policy in front of all others asks for the address.

import { dynamicSetName, emptyDynamicAddress, withDynamicMembers } from "@merlon/compiler/dynamic-addresses.ts";
import type { Ir } from "@merlon/compiler/ir.ts";
import { elementCommands, planMemberChange } from "@merlon/compiler/nft/dynamic-sets.ts";
import { lowerTable } from "@merlon/compiler/nft/lower.ts";
import { planCommit } from "@merlon/compiler/nft/plan-commit.ts";
import type { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { NetlinkSocket, netlinkProtocol } from "@merlon/gateway/kernel/netlink-socket.ts";
import { sendBatch } from "@merlon/gateway/kernel/nf-tables/send-batch.ts";
import { writeBatch } from "@merlon/gateway/kernel/nf-tables/write-command.ts";
import { shapeOf } from "@merlon/gateway/kernel/nf-tables/write-set.ts";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";
import { quantile } from "./statistics.ts";

const name = "bench";
const rounds = 200;
/** Members that are there already. */
const othersCount = 1_000;

/** The table of `ir` stands in the kernel under `generation`. Milliseconds, by the name of the figure. */
export async function timeMembers(
  kernel: LinuxKernel,
  ir: Ir,
  generation: number,
): Promise<Readonly<Record<string, number>>> {
  const others = membersOf(othersCount);
  let now = withBench(withMembers(ir), others);
  await kernel.applyTransaction(planCommit(await kernel.readTable(), lowerTable(now, generation)).install);
  const ms: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    const next = withBench(now, round % 2 === 0 ? membersOf(othersCount + 1) : others);
    for (const changes of planMemberChange(now, next, name, generation)) await kernel.changeElements(changes);
    ms.push(performance.now() - startMs);
    now = next;
  }
  return {
    "member-change": quantile(ms, 0.5),
    "member-change-p99": quantile(ms, 0.99),
    "member-change-in-kernel": await timeSystemCall(now, generation),
  };
}

/** The system call that carries a transaction: all of it happens inside. The median, milliseconds. */
async function timeSystemCall(ir: Ir, generation: number): Promise<number> {
  const [one, other] = [othersCount, othersCount + 1].map((count) => withBench(ir, membersOf(count)));
  if (one === undefined || other === undefined) throw new Error("two states");
  const steps = [planMemberChange(one, other, name, generation), planMemberChange(other, one, name, generation)];
  using socket = new NetlinkSocket({ protocol: netlinkProtocol.netfilter, batch: 4 });
  const ms: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const [changes = []] = steps[round % 2] ?? [];
    const shapes = new Map(changes.map(({ set }) => [set.name, shapeOf(set)]));
    const firstSequence = 1_000 * (round + 1);
    const batch = writeBatch(elementCommands(changes), { firstSequence, setInKernel: (set) => shapes.get(set) });
    const startMs = performance.now();
    const refusals = await sendBatch(socket, batch);
    ms.push(performance.now() - startMs);
    if (refusals.length > 0) throw new Error("the kernel refuses a member");
  }
  return quantile(ms, 0.5);
}

function withBench(ir: Ir, members: RangeSet): Ir {
  return withDynamicMembers(ir, new Map([[name, members]]));
}

/** Hosts far from each other. */
function membersOf(count: number): RangeSet {
  const ranges = Array.from({ length: count }, (_, at) => {
    const value = 0x6400_0000 + 8 * at;
    return { family: 4 as const, first: value, last: value };
  });
  return rangeSetOf(ranges);
}

/** The first policy asks for the dynamic address as its source. */
function withMembers(ir: Ir): Ir {
  const set = dynamicSetName(name);
  const at = ir.contexts.findIndex(({ rules }) => rules.some(({ policy }) => policy.scope === "zone-pair"));
  return {
    ...ir,
    addressSets: new Map(ir.addressSets).set(set, emptyDynamicAddress(name)),
    contexts: ir.contexts.map((context, index) => {
      const [first, ...rest] = context.rules;
      if (index !== at || first?.match.kind !== "packets") return context;
      const source = { kind: "sets" as const, names: [set], excluded: false };
      return { ...context, rules: [{ ...first, match: { ...first.match, source } }, ...rest] };
    }),
  };
}
