// `change dynamic-address`: members of a dynamic address join and leave, for programs that know who they are.

import { formatRange, rangesOf, rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";
import { parsePrefix, rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import { objectName } from "@merlon/model/schema/value.ts";
import type { ValueType } from "@merlon/model/schema/value.ts";
import { KernelFailure } from "../kernel/kernel.ts";
import { MembersRefused, membersMax } from "../membership/membership.ts";
import type { MemberOutcome } from "../membership/membership.ts";
import { operation, OperationRefused } from "./operation.ts";

/** What a request can hold; more members come in several. */
const changedMax = membersMax;

const members: ValueType<RangeSet> = {
  placeholder: "<prefixes>",
  parse: (text) => {
    const words = text.split(/[\s,]+/).filter((word) => word !== "");
    if (words.length > changedMax) return { error: `${words.length} prefixes are too many (${changedMax} at most)` };
    const ranges = words.map((word) => {
      const prefix = parsePrefix(word.includes("/") ? word : `${word}/${word.includes(":") ? 128 : 32}`);
      return { word, range: prefix === undefined ? undefined : rangeOfPrefix(prefix) };
    });
    const wrong = ranges.find(({ range }) => range === undefined);
    if (wrong !== undefined) return { error: `"${wrong.word.slice(0, 64)}" is no address and no prefix` };
    return { value: rangeSetOf(ranges.flatMap(({ range }) => range ?? [])) };
  },
};

interface Changed {
  readonly name: string;
  readonly how: MemberOutcome["how"];
  /** All that are in it now. */
  readonly members: readonly string[];
}

export const changeDynamicAddress = operation<Changed>({
  command: "change dynamic-address",
  help: "Let members join and leave a dynamic address",
  parameters: [
    { word: "address-name", help: "The dynamic address", type: objectName, required: true },
    { word: "add", help: "Prefixes that join", type: members },
    { word: "remove", help: "Prefixes that leave", type: members },
    { word: "replace", help: "All prefixes that there shall be", type: members },
  ],
  forPrograms: true,
  run: async (gateway, input, { access }) => {
    const name = input["address-name"] as string;
    if (access !== undefined && !access.mayConfigure(["security", "dynamic-address", "address-name", name])) {
      throw new OperationRefused(`${access.user} may not change dynamic address ${name}`);
    }
    const [add, remove, replace] = ["add", "remove", "replace"].map((word) => input[word] as RangeSet | undefined);
    if (replace !== undefined && (add ?? remove) !== undefined) {
      throw new OperationRefused("replace says all members: it stands alone, without add and remove");
    }
    const change = replace === undefined ? { ...(add && { add }), ...(remove && { remove }) } : { replace };
    try {
      const { how, members: now } = await gateway.membership.change(name, change);
      return { name, how, members: [...rangesOf(now)].map(formatRange) };
    } catch (error) {
      if (error instanceof MembersRefused || error instanceof KernelFailure) throw new OperationRefused(error.message);
      throw error;
    }
  },
  text: ({ name, how, members: now }) => {
    const after = how === "repair" ? "; the ruleset was written anew, because it had been changed from outside" : "";
    return how === "no change" ? `${name} has these members already\n` : `${name} has ${now.length} members${after}\n`;
  },
});
