// `security dynamic-address`: names that policies may use as an address, and whose members come and go without a commit.
// Feeds that bring members by themselves are kept as facts (`junos/`), and a commit says that none is read.

import { container, key, leaf, list } from "./node.ts";
import { description, name } from "./value.ts";

/** Each may cost two sets in the kernel for every way in which policies combine it. */
export const dynamicAddressesMax = 1_024;

const dynamicAddressName = name("<name>", /^[A-Za-z0-9._-]+$/, 63, "a name (1 to 63 letters, digits and . _ -)");

export const securityDynamicAddress = container("Addresses whose members come and go at run time", {
  "address-name": list(
    "Name that policies may use as an address",
    [key("name", dynamicAddressName)],
    { description: leaf("Text for people", description) },
    { countMax: dynamicAddressesMax },
  ),
});
