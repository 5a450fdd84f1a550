// `show security screen white-list NAME`: the addresses that checks leave out.

import { formatPrefix } from "@merlon/model/ip/prefix.ts";
import { screenName } from "@merlon/model/schema/security-screen.ts";
import { OperationRefused, operation } from "./operation.ts";
import { fields, group, reply } from "./reply.ts";
import { nameAsked } from "./screen-facts.ts";

interface WhiteList {
  readonly name: string;
  readonly addresses: readonly string[];
}

export const showSecurityScreenWhiteList = operation<WhiteList>({
  command: "show security screen white-list",
  help: "Show the addresses that checks leave out",
  parameters: [{ word: "wlist-name", help: "The white list", type: screenName, positional: true }],
  run: async ({ running }, input) => {
    const lists = running?.prepared.configuration.security?.screen?.whiteList ?? [];
    const name = nameAsked(input["wlist-name"], lists, "white list");
    const list = lists.find((one) => one.name === name);
    if (list === undefined) throw new OperationRefused(`there is no white list ${name}`);
    return { name, addresses: list.address.map(formatPrefix) };
  },
  text: ({ addresses }) => `Screen white list:\n${addresses.map((address) => `  ${address}\n`).join("")}`,
  rpc: {
    name: "get-security-screen-ids-whitelist",
    reply: ({ addresses }) =>
      reply("show-ids-whitelist", "junos-screen", group("ids-wlist-status", fields("ids-wlist-addr", addresses))),
  },
});
