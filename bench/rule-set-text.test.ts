// The text of a rule set, word by word for a small one, and what the loader makes of it.

import { expect, test } from "vitest";
import { ruleSetText } from "./rule-set-text.ts";
import type { AddressGroup, BenchService, BenchZone, RuleSet } from "./rule-set.ts";

const [users, data]: readonly [BenchZone, BenchZone] = [
  { name: "users", device: "eth1", space: { first: 0, last: 99 } },
  { name: "data", device: "eth2", space: { first: 100, last: 199 } },
];
const web: BenchService = { name: "web", protocol: "tcp", firstPort: 80, lastPort: 81 };
const dns: BenchService = { name: "dns", protocol: "udp", firstPort: 53, lastPort: 53 };
const group: AddressGroup = {
  name: "hosts",
  members: [
    { first: 0x0a00_0001, last: 0x0a00_0001 },
    { first: 0x0a00_0100, last: 0x0a00_01ff },
    { first: 0x0a00_0003, last: 0x0a00_0005 },
    { first: 0x0a00_0001, last: 0x0a00_0001 },
  ],
};

test("a rule set as a configuration", () => {
  const set = { name: "both", members: [web, dns] };
  const any = { kind: "any" } as const;
  const ruleSet: RuleSet = {
    family: 4,
    shape: "small",
    policyCount: 3,
    zones: [users, data],
    services: [web, dns],
    serviceSets: [set],
    pairs: [
      {
        from: users,
        to: data,
        policies: [
          {
            name: "a",
            source: any,
            destination: { kind: "group", group, excluded: true },
            services: [],
            action: "deny",
          },
          {
            name: "b",
            source: { kind: "group", group, excluded: false },
            destination: any,
            services: set,
            action: "permit",
          },
          { name: "c", source: any, destination: any, services: [web, dns], action: "reject" },
        ],
        worst: { addresses: [], tcpPort: 80, udpPort: 53, deniedPort: 9 },
      },
    ],
  };
  expect(ruleSetText(ruleSet)).toBe(`applications {
application web { protocol tcp; destination-port 80-81; }
application dns { protocol udp; destination-port 53; }
application-set both { application web; application dns; }
}
security {
address-book { global {
address h-10.0.0.1 10.0.0.1/32;
address n-10.0.1.0-10.0.1.255 10.0.1.0/24;
address n-10.0.0.3-10.0.0.5 { range-address 10.0.0.3 { to { 10.0.0.5; } } }
address-set hosts { address h-10.0.0.1; address n-10.0.1.0-10.0.1.255; address n-10.0.0.3-10.0.0.5; }
} }
policies {
from-zone users to-zone data {
policy a { match { source-address any; destination-address hosts; destination-address-excluded; application any; } then { deny; } }
policy b { match { source-address hosts; destination-address any; application [ both ]; } then { permit; } }
policy c { match { source-address any; destination-address any; application [ web dns ]; } then { reject; } }
}
default-policy { deny-all; }
}
zones {
security-zone users { interfaces { eth1; } }
security-zone data { interfaces { eth2; } }
}
}
`);
});
