// `security address-book`: names for addresses. A book called `global` is known in every zone; any other book is known
// in the zones it is attached to. The zones' own `address-book` has the same contents.

import { container, flag, key, leaf, list } from "./node.ts";
import { description, integer, ipAddress, ipPrefix, name, objectName, zoneName } from "./value.ts";

const dnsName = name("<domain-name>", /^(?:\*|[A-Za-z0-9._-]+)$/, 253, "a domain name");
const wildcard = name(
  "<address/mask>",
  /^\d{1,3}(\.\d{1,3}){3}\/\d{1,3}(\.\d{1,3}){3}$/,
  63,
  "an address with a wildcard mask (10.0.0.11/255.255.0.255)",
);

function members(kind: string) {
  return {
    suggests: [
      ["security", "address-book", kind],
      ["security", "zones", "security-zone", "address-book", kind],
    ],
  };
}

export const addressBookContents = {
  address: list(
    "Named address",
    [key("name", objectName)],
    {
      description: leaf("Text for people", description),
      "ip-prefix": leaf("Prefix or single address", ipPrefix, { positional: true, choice: "address" }),
      "range-address": list(
        "First address of a range",
        [key("name", ipAddress)],
        {
          to: container("Last address of the range", {
            "range-high": leaf("Last address", ipAddress, { positional: true }),
          }),
        },
        { choice: "address", countMax: 1 },
      ),
      "dns-name": list(
        "Domain name, resolved by the gateway",
        [key("name", dnsName)],
        {
          "ipv4-only": flag("Ask for IPv4 addresses alone"),
          "ipv6-only": flag("Ask for IPv6 addresses alone"),
          "dns-query-interval": leaf("Seconds between two queries", integer(16, 86_400)),
        },
        { choice: "address", countMax: 1 },
      ),
      "wildcard-address": list(
        "Address with a wildcard mask",
        [key("name", wildcard)],
        {},
        { choice: "address", countMax: 1 },
      ),
    },
    { oneLine: "single" },
  ),
  "address-set": list("Named set of addresses", [key("name", objectName)], {
    description: leaf("Text for people", description),
    address: list("Address of this set", [key("name", objectName, members("address"))], {}, { countMax: 16_384 }),
    "address-set": list(
      "Set inside this set",
      [key("name", objectName, members("address-set"))],
      {},
      { countMax: 16_384 },
    ),
  }),
};

export const securityAddressBook = list(
  "Address book",
  [key("name", objectName)],
  {
    description: leaf("Text for people", description),
    ...addressBookContents,
    attach: container("Zones that know this book", {
      zone: list("Zone", [key("name", zoneName, { refersTo: ["security", "zones", "security-zone"] })], {}),
    }),
  },
  { block: true, countMax: 4096 },
);
