// `security nat`: which addresses and ports are translated. Static rules come first, then destination rules, then the route
// and the policy, then static rules backwards and source rules. Rule sets say which traffic they are about; the first rule
// of a set that matches decides.

import { container, flag, key, leaf, leafList, list } from "./node.ts";
import { description, integer, interfaceUnit, ipPrefix, ipProtocol, objectName, plainName, zoneName } from "./value.ts";

const onOneLine = { oneLine: "always" } as const;
const poolName = plainName;
const port = integer(0, 65_535);
const addressBooks = {
  suggests: ["address", "address-set"].flatMap((kind) => [
    ["security", "address-book", kind],
    ["security", "zones", "security-zone", "address-book", kind],
  ]),
};
const applicationLists = {
  suggests: [
    ["applications", "application"],
    ["applications", "application-set"],
  ],
};

/** On which side traffic enters or leaves. Zones, interfaces and instances exclude each other. */
function place(help: string) {
  return container(
    help,
    {
      "routing-instance": leafList("Routing instance; default is the only one", plainName, { countMax: 8 }),
      zone: leafList("Security zone", zoneName, { countMax: 8, suggests: [["security", "zones", "security-zone"]] }),
      interface: leafList("Logical interface", interfaceUnit, { countMax: 8, suggests: [["interfaces", "interface"]] }),
    },
    onOneLine,
  );
}

const ruleCommon = { description: leaf("Text for people", description) };
const ruleSetCommon = { description: leaf("Text for people", description) };

function ports(help: string) {
  return list(
    help,
    [key("name", port)],
    { to: container("Last port of the range", { high: leaf("Last port", port, { positional: true }) }) },
    { block: true, oneLine: "always", countMax: 8 },
  );
}

const sources = {
  "source-address": leafList("Source address or prefix", ipPrefix, { countMax: 8 }),
  "source-address-name": leafList("Source address or set of the address book", objectName, {
    countMax: 8,
    ...addressBooks,
  }),
};

const services = {
  protocol: leafList("IP protocol", ipProtocol, { countMax: 4 }),
  application: leafList("Application, application set or any", objectName, { ...applicationLists }),
};

function destinationName() {
  return container(
    "Destination by its name in the address book",
    {
      "dst-addr-name": leaf("Address of the address book", objectName, { positional: true, ...addressBooks }),
    },
    onOneLine,
  );
}

const persistent = container(
  "Keep one translated address and port for an inner one",
  {
    permit: container(
      "Who may begin sessions from outside",
      {
        "any-remote-host": flag("Everybody"),
        "target-host": flag("Hosts that the inner one has spoken to"),
        "target-host-port": flag("Ports that the inner one has spoken to"),
      },
      onOneLine,
    ),
    "block-ext-session": flag("Nobody begins sessions from outside"),
    "address-mapping": flag("Keep the address alone"),
    "inactivity-timeout": leaf("Seconds that a binding outlives its last session", integer(60, 7_200)),
    "max-session-number": leaf("Sessions of one binding at most", integer(8, 65_536)),
  },
  { presence: true },
);

const sourcePool = list("Pool of addresses for source NAT", [key("name", poolName)], {
  description: leaf("Text for people", description),
  address: list(
    "Address, prefix or first address of a range",
    [key("name", ipPrefix)],
    { to: container("Last address", { ipaddr: leaf("Last address", ipPrefix, { positional: true }) }) },
    { block: true, oneLine: "always", countMax: 64 },
  ),
  "address-name": container(
    "Address of the address book",
    { "pool-address-name": leaf("Address", objectName, { positional: true, ...addressBooks }) },
    { oneLine: "always" },
  ),
  "host-address-base": container(
    "First inner address, which becomes the first of the pool, and so on",
    { ipaddr: leaf("First inner address", ipPrefix, { positional: true }) },
    { oneLine: "always" },
  ),
  port: container("How ports are translated", {
    "no-translation": flag("Leave ports as they are"),
    range: container("Ports to use", {
      low: leaf("First port", integer(1024, 65_535), { positional: true }),
      to: container("Last port", { high: leaf("Last port", integer(1024, 65_535), { positional: true }) }),
    }),
  }),
  "overflow-pool": container(
    "What serves sources that no address is left for",
    {
      "pool-name": leaf("Pool", poolName, { positional: true, suggests: [["security", "nat", "source", "pool"]] }),
      interface: flag("The address of the interface that the packet leaves by"),
    },
    { oneLine: "always" },
  ),
  "address-pooling": container(
    "Whether sessions of one source share one address",
    { paired: flag("They do"), "no-paired": flag("Each session may have another address") },
    { oneLine: "always" },
  ),
});

const source = container("Source NAT", {
  pool: sourcePool,
  "address-persistent": flag("Sessions of one source share one address of a pool"),
  "port-randomization": container(
    "Translated ports are random",
    { disable: flag("They follow the inner ports") },
    onOneLine,
  ),
  "rule-set": list("Rule set for traffic from one side to another", [key("name", plainName)], {
    ...ruleSetCommon,
    from: place("Where traffic comes from"),
    to: place("Where traffic goes to"),
    rule: list("Rule, matched in configured order", [key("name", plainName)], {
      ...ruleCommon,
      match: container(
        "What the rule applies to",
        {
          ...sources,
          "source-port": ports("Source port, or first port of a range"),
          "destination-address": leafList("Destination address or prefix", ipPrefix, { countMax: 8 }),
          "destination-address-name": leafList("Destination address or set of the address book", objectName, {
            countMax: 8,
            ...addressBooks,
          }),
          "destination-port": ports("Destination port, or first port of a range"),
          ...services,
        },
        { xmlName: "src-nat-rule-match" },
      ),
      then: container("What happens", {
        "source-nat": container("Source NAT", {
          off: flag("No translation"),
          pool: container("Translate to an address of a pool", {
            "pool-name": leaf("Pool", poolName, {
              positional: true,
              suggests: [["security", "nat", "source", "pool"]],
            }),
            "persistent-nat": persistent,
          }),
          interface: container(
            "Translate to the address of the interface that the packet leaves by",
            { "persistent-nat": persistent },
            { presence: true },
          ),
        }),
      }),
    }),
  }),
});

const destination = container("Destination NAT", {
  pool: list("Address for destination NAT", [key("name", poolName)], {
    description: leaf("Text for people", description),
    "routing-instance": container("Instance of the address", {
      default: flag("The default instance"),
    }),
    address: container(
      "Address, prefix or first address of a range",
      {
        ipaddr: leaf("Address", ipPrefix, { positional: true }),
        to: container("Last address", { ipaddr: leaf("Last address", ipPrefix, { positional: true }) }),
        port: leaf("Port", port),
      },
      onOneLine,
    ),
    "address-name": container(
      "Address of the address book",
      {
        "pool-address-name": leaf("Address", objectName, { positional: true, ...addressBooks }),
        port: leaf("Port", port),
      },
      onOneLine,
    ),
  }),
  "rule-set": list("Rule set for traffic from one side", [key("name", plainName)], {
    ...ruleSetCommon,
    from: place("Where traffic comes from"),
    rule: list("Rule, matched in configured order", [key("name", plainName)], {
      ...ruleCommon,
      match: container(
        "What the rule applies to",
        {
          ...sources,
          "destination-address": container(
            "Destination address or prefix",
            {
              "dst-addr": leaf("Address or prefix", ipPrefix, { positional: true }),
              "any-unicast": flag("Every unicast address"),
            },
            onOneLine,
          ),
          "destination-address-name": destinationName(),
          "destination-port": ports("Destination port, or first port of a range"),
          ...services,
        },
        { xmlName: "dest-nat-rule-match" },
      ),
      then: container("What happens", {
        "destination-nat": container("Destination NAT", {
          off: flag("No translation"),
          pool: container("Translate to the address of a pool", {
            "pool-name": leaf("Pool", poolName, {
              positional: true,
              suggests: [["security", "nat", "destination", "pool"]],
            }),
          }),
        }),
      }),
    }),
  }),
});

const mappedPort = container(
  "Inner port, or first port of a range",
  {
    low: leaf("First port", port, { positional: true }),
    to: container("Last port", { high: leaf("Last port", port, { positional: true }) }),
  },
  onOneLine,
);

const staticNat = container("Static NAT: one inner address for each outer one, both ways", {
  "rule-set": list("Rule set for traffic from one side, and back to it", [key("name", plainName)], {
    ...ruleSetCommon,
    from: place("Where the outer addresses are seen"),
    rule: list("Rule, matched in configured order", [key("name", plainName)], {
      ...ruleCommon,
      match: container(
        "What the rule applies to",
        {
          ...sources,
          "source-port": ports("Source port, or first port of a range"),
          "destination-address": container(
            "Outer address or prefix",
            {
              "dst-addr": leaf("Address or prefix", ipPrefix, { positional: true }),
            },
            onOneLine,
          ),
          "destination-address-name": destinationName(),
          "destination-port": container(
            "Outer port, or first port of a range",
            {
              low: leaf("First port", port, { positional: true }),
              to: container("Last port", { high: leaf("Last port", port, { positional: true }) }),
            },
            onOneLine,
          ),
        },
        { xmlName: "static-nat-rule-match" },
      ),
      then: container("What happens", {
        "static-nat": container("Static NAT", {
          prefix: container("Inner address or prefix", {
            "addr-prefix": leaf("Address or prefix", ipPrefix, { positional: true }),
            "mapped-port": mappedPort,
            "routing-instance": leaf("Instance of the inner address", plainName),
          }),
          "prefix-name": container("Inner address by its name in the address book", {
            "addr-prefix-name": leaf("Address of the address book", objectName, { positional: true, ...addressBooks }),
            "mapped-port": mappedPort,
            "routing-instance": leaf("Instance of the inner address", plainName),
          }),
        }),
      }),
    }),
  }),
});

/** The interface answers for these addresses as if they were its own. */
function proxy(protocol: "ARP" | "neighbor discovery", last: "ipaddr" | "ipv6addr") {
  return container(`Addresses that are answered for by ${protocol}`, {
    interface: list(
      "Interface that answers",
      [key("name", interfaceUnit, { suggests: [["interfaces", "interface"]] })],
      {
        address: list(
          "Address, prefix or first address of a range",
          [key("name", ipPrefix)],
          { to: container("Last address", { [last]: leaf("Last address", ipPrefix, { positional: true }) }) },
          { block: true, oneLine: "always" },
        ),
      },
    ),
  });
}

export const securityNat = container("Network address translation", {
  source,
  destination,
  static: staticNat,
  "proxy-arp": proxy("ARP", "ipaddr"),
  "proxy-ndp": proxy("neighbor discovery", "ipv6addr"),
});
