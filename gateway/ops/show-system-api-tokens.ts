// `show system api-tokens`: which tokens there are, in whose name, and until when; never the tokens themselves.

import { ApiTokens } from "../access/api-tokens.ts";
import { operation } from "./operation.ts";
import { dateText, seesAll } from "./request-system-api-token.ts";
import { renderTable } from "./table.ts";

export interface TokenFacts {
  readonly name: string;
  readonly user: string;
  readonly className?: string;
  readonly madeAtMs: number;
  readonly expiresAtMs?: number;
  readonly expired: boolean;
}

export const showSystemApiTokens = operation<readonly TokenFacts[]>({
  command: "show system api-tokens",
  help: "Show the tokens of programs",
  parameters: [],
  run: async (gateway, _, caller) =>
    (await ApiTokens.of(gateway).list())
      .filter(({ user }) => user === caller.user || seesAll(caller))
      .map(({ hash: _hash, ...facts }) => {
        return { ...facts, expired: facts.expiresAtMs !== undefined && facts.expiresAtMs <= gateway.nowMs() };
      }),
  text: (tokens) => {
    if (tokens.length === 0) return "No tokens\n";
    const until = ({ expiresAtMs, expired }: TokenFacts): string =>
      expiresAtMs === undefined ? "-" : `${dateText(expiresAtMs)}${expired ? " (expired)" : ""}`;
    const columns = [
      { title: "NAME", cell: ({ name }: TokenFacts) => name },
      { title: "USER", cell: ({ user }: TokenFacts) => user },
      { title: "CLASS", cell: ({ className }: TokenFacts) => className ?? "-" },
      { title: "MADE", cell: ({ madeAtMs }: TokenFacts) => dateText(madeAtMs) },
      { title: "UNTIL", cell: until },
    ];
    return renderTable(columns, tokens);
  },
});
