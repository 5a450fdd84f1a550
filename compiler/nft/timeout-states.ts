// The states that a timeout object has times for, by nft's words, with the seconds that a state has when nothing is said.
// nft 1.0.6 sends the kernel a time for every state and lists only those that differ from these, so a writer that
// speaks netlink must send all of them too: what is left out there takes the present sysctl of the namespace.
// Source: nfnetlink_cttimeout.h (the attribute of a state is its place here, counted from 1), nft 1.0.6 rule.c.

export const timeoutStates = {
  tcp: [
    ["syn_sent", 120],
    ["syn_recv", 60],
    ["established", 432_000],
    ["fin_wait", 120],
    ["close_wait", 60],
    ["last_ack", 30],
    ["time_wait", 120],
    ["close", 10],
    ["syn_sent2", 120],
    ["retrans", 300],
    ["unack", 300],
  ],
  udp: [
    ["unreplied", 30],
    ["replied", 120],
  ],
} as const satisfies Record<string, readonly (readonly [string, number])[]>;

export type TimeoutState = (typeof timeoutStates)["tcp" | "udp"][number][0];

/** The seconds that differ from those of the table, in its order. */
export function unusualSeconds(
  protocol: keyof typeof timeoutStates,
  seconds: Readonly<Partial<Record<TimeoutState, number>>>,
): readonly (readonly [TimeoutState, number])[] {
  const states: readonly (readonly [TimeoutState, number])[] = timeoutStates[protocol];
  return states.flatMap(([state, usual]) => {
    const value = seconds[state] ?? usual;
    return value === usual ? [] : [[state, value] as const];
  });
}
