// Whether every packet of a numbered stream was decided by the policy in force, while commits went on. A commit takes hold
// at one instant between its request and its answer: packets before it are decided by the old state, packets after it by
// the new one, and there is no third way. Pure; what arrived and what was committed when is data.

import { gateStateAt } from "./gate-policies.ts";

/** What is known of a packet: it did not arrive, or the gate that let it pass (1 and up), or it passed by no gate. */
export const arrival = { none: 0, firstGate: 1, noGate: 255 } as const;

/** Packets are numbered from 0; the parity of a number is its port. */
export interface CommittedAt {
  /** How many packets had been sent when the commit was asked for, and when it was answered. */
  readonly requested: number;
  readonly answered: number;
}

export interface Judgement {
  /** Passed although the policy in force denies them. */
  readonly leaked: number;
  /** Did not arrive although the policy in force permits them. */
  readonly lost: number;
  /** Passed as they should, but by another policy than the one in force. */
  readonly wrongPolicy: number;
}

/**
 * As many packets may wait in the kernel's queue before the gateway sees them (net.core.netdev_max_backlog), or be sent and
 * not counted yet: a commit may take hold so many numbers before its request or behind its answer. There must be
 * more than twice as many between an answer and the next request.
 */
export const onTheWayMax = 1_024;

/** `arrivals[n]` tells of packet `n`. Commits are in order and do not overlap. */
export function judgeArrivals(arrivals: Uint8Array, commits: readonly CommittedAt[]): Judgement {
  let sum: Judgement = { leaked: 0, lost: 0, wrongPolicy: 0 };
  let from = 0;
  for (const [index, { requested, answered }] of commits.entries()) {
    const first = requested - onTheWayMax;
    const last = Math.min(answered + onTheWayMax, arrivals.length);
    if (first < from)
      throw new Error(`commit ${index + 1} came too soon after the one before: too few packets between`);
    const switched = switchBetween(arrivals, index, first, last);
    sum = added(sum, judgeState(arrivals, index, from, switched));
    from = switched;
    const next = commits[index + 1];
    if (next !== undefined && next.requested - onTheWayMax < last)
      throw new Error(`commit ${index + 2} came too soon after the one before: too few packets between`);
  }
  return added(sum, judgeState(arrivals, commits.length, from, arrivals.length));
}

/** The number that explains most: packets before it in the old state, from it on in the new one. */
function switchBetween(arrivals: Uint8Array, commits: number, first: number, last: number): number {
  let mistakes = 0;
  let fewest = 0;
  let best = first;
  for (let number = first; number < last; number++) {
    // Moving the switch behind this packet: the old state decides it, and no more the new one.
    mistakes += Number(!isRight(arrivals, commits, number)) - Number(!isRight(arrivals, commits + 1, number));
    if (mistakes < fewest) [fewest, best] = [mistakes, number + 1];
  }
  return best;
}

function isRight(arrivals: Uint8Array, commits: number, number: number): boolean {
  return arrivals[number] === expectedArrival(commits, number);
}

export function expectedArrival(commits: number, number: number): number {
  const { permittedPort, permittingGate } = gateStateAt(commits);
  return number % 2 === permittedPort ? arrival.firstGate + permittingGate : arrival.none;
}

/** Packets from `first` up to `end`, without it, after so many commits. */
function judgeState(arrivals: Uint8Array, commits: number, first: number, end: number): Judgement {
  const judgement = { leaked: 0, lost: 0, wrongPolicy: 0 };
  for (let number = first; number < end; number++) {
    const found = arrivals[number];
    const expected = expectedArrival(commits, number);
    if (found === expected) continue;
    if (expected === arrival.none) judgement.leaked++;
    else if (found === arrival.none) judgement.lost++;
    else judgement.wrongPolicy++;
  }
  return judgement;
}

function added(a: Judgement, b: Judgement): Judgement {
  return {
    leaked: a.leaked + b.leaked,
    lost: a.lost + b.lost,
    wrongPolicy: a.wrongPolicy + b.wrongPolicy,
  };
}
