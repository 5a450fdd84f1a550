// The whole configuration: one schema, one typed model. A new hierarchy is a file beside this one and a line below.
// Statements print in the order in which they stand here.

import { applications } from "./applications.ts";
import { interfaces } from "./interfaces.ts";
import { container } from "./node.ts";
import type { Infer } from "./node.ts";
import { routingOptions } from "./routing-options.ts";
import { schedulers } from "./schedulers.ts";
import { securityAddressBook } from "./security-address-book.ts";
import { securityDynamicAddress } from "./security-dynamic-address.ts";
import { securityFlow, securityForwardingOptions } from "./security-flow.ts";
import { securityLog } from "./syslog.ts";
import { securityNat } from "./security-nat.ts";
import { securityPolicies } from "./security-policies.ts";
import { securityScreen } from "./security-screen.ts";
import { securityZones } from "./security-zones.ts";
import { system } from "./system.ts";

export const configurationSchema = container("Configuration", {
  system,
  security: container("Security", {
    log: securityLog,
    "address-book": securityAddressBook,
    "dynamic-address": securityDynamicAddress,
    "forwarding-options": securityForwardingOptions,
    flow: securityFlow,
    screen: securityScreen,
    nat: securityNat,
    policies: securityPolicies,
    zones: securityZones,
  }),
  interfaces,
  "routing-options": routingOptions,
  applications,
  schedulers,
});

export type Configuration = Infer<typeof configurationSchema>;
