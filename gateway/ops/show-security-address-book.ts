// `show security address-book [BOOK] [address NAME]`: what each name of the address books stands for now, those of domain
// names and the members of sets among it.

import { addressResolver } from "@merlon/compiler/resolve-addresses.ts";
import { DiagnosticList } from "@merlon/compiler/diagnostic-list.ts";
import type { AddressMembers } from "@merlon/compiler/address-members.ts";
import { withAnswers } from "@merlon/compiler/address-members.ts";
import type { Ir } from "@merlon/compiler/ir.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { objectName } from "@merlon/model/schema/value.ts";
import type { XmlElement } from "@merlon/netconf/element.ts";
import type { Gateway } from "../gateway.ts";
import { operation, OperationRefused } from "./operation.ts";
import type { Input } from "./operation.ts";
import { memberTexts } from "./policy-text.ts";
import { field, fields, group, reply } from "./reply.ts";

export interface ShownBook {
  readonly name: string;
  /** Zones that know the book; every zone knows `global`. */
  readonly zones: readonly string[];
  readonly entries: readonly {
    readonly name: string;
    readonly kind: "address" | "address-set";
    readonly members: readonly string[];
  }[];
}

/** Addresses of one name that are listed. */
const membersMax = 10_000;

export const showSecurityAddressBook = operation<readonly ShownBook[]>({
  command: "show security address-book",
  help: "Show what the names of address books stand for",
  parameters: [
    { word: "book", help: "Only this book", type: objectName, positional: true },
    { word: "address", help: "Only this address or address set", type: objectName },
  ],
  run: async (gateway, input) => collect(gateway, input),
  text: (books) => books.map(render).join("\n"),
  rpc: { name: "get-security-address-book-information", reply: replyOf },
});

type Contents = NonNullable<NonNullable<Configuration["security"]>["addressBook"]>[number];

function collect(gateway: Gateway, input: Input): readonly ShownBook[] {
  const { running } = gateway;
  if (running === undefined) return [];
  const { configuration } = running.prepared;
  const { book: wanted, address } = input;
  const resolver = addressResolver(configuration, new DiagnosticList());
  const membersOf = (zone: string | undefined, name: string): AddressMembers | undefined => {
    const members = resolver.resolve(zone, name)?.members;
    return members && answered(gateway, members);
  };
  const books = booksOf(configuration)
    .filter(({ name }) => (wanted ?? name) === name)
    .map(({ name, zones, contents }) => {
      // A book without a zone is known to nobody, and what its names stand for is not asked.
      const zone = name === "global" ? undefined : zones[0];
      const entry = (kind: "address" | "address-set") => (one: { readonly name: string }) => {
        const members = zone === undefined && name !== "global" ? undefined : membersOf(zone, one.name);
        return {
          name: one.name,
          kind,
          members: members === undefined ? [] : memberTexts(members).slice(0, membersMax),
        };
      };
      const all = [...contents.address.map(entry("address")), ...contents.addressSet.map(entry("address-set"))];
      return { name, zones, entries: all.filter((one) => (address ?? one.name) === one.name) };
    });
  if (wanted !== undefined && books.length === 0)
    throw new OperationRefused(`there is no address book ${wanted as string}`);
  return address === undefined ? books : books.filter(({ entries }) => entries.length > 0);
}

function booksOf(configuration: Configuration): readonly {
  readonly name: string;
  readonly zones: readonly string[];
  readonly contents: Pick<Contents, "address" | "addressSet">;
}[] {
  const { addressBook = [], zones } = configuration.security ?? {};
  const named = addressBook.map((contents) => ({
    name: contents.name,
    zones: (contents.attach?.zone ?? []).map(({ name }) => name),
    contents,
  }));
  const own = (zones?.securityZone ?? []).flatMap(({ name, addressBook: contents }) =>
    contents === undefined ? [] : [{ name, zones: [name], contents }],
  );
  return [...named, ...own];
}

/** The resolver knows domain names, and the gateway what they stand for now. */
function answered(gateway: Gateway, members: AddressMembers): AddressMembers {
  if (members.dns === undefined) return members;
  const { ir } = gateway.running?.prepared ?? {};
  if (ir === undefined) return members;
  const one: Ir = { ...ir, addressSets: new Map([["", members]]) };
  return withAnswers(one, gateway.world.answers).addressSets.get("") ?? members;
}

function render({ name, zones, entries }: ShownBook): string {
  const lines = [
    `Address book: ${name}`,
    `  Zones: ${name === "global" ? "every zone" : zones.join(", ") || "none"}`,
    ...entries.flatMap((entry) => [
      `  ${entry.kind === "address" ? "Address" : "Address set"}: ${entry.name}`,
      ...(entry.members.length === 0 ? ["    no address"] : entry.members.map((member) => `    ${member}`)),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

function replyOf(books: readonly ShownBook[]): XmlElement {
  return reply(
    "security-address-book-information",
    "junos-secpolinfo",
    books.map(({ name, zones, entries }) =>
      group(
        "address-book",
        field("address-book-name", name),
        fields("zone-name", zones),
        entries.map((entry) =>
          group(entry.kind, field("address-name", entry.name), fields("address-prefix", entry.members)),
        ),
      ),
    ),
  );
}
