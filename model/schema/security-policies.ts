// `security policies`: what may pass between zones. Zone-pair policies are asked first, top to bottom, then global ones,
// then the default policy.

import { predefinedApplications, predefinedApplicationSets } from "../predefined-applications.ts";
import { container, flag, key, leaf, leafList, list } from "./node.ts";
import { segmentSize } from "./security-flow.ts";
import { description, integer, name, objectName, oneOf, policyName, withWellKnown, zoneName } from "./value.ts";

const addressName = withWellKnown(
  name("<address-name>", /^[A-Za-z0-9][A-Za-z0-9:./_-]*$/, 63, "the name of an address or address set"),
  { any: "Every address", "any-ipv4": "Every IPv4 address", "any-ipv6": "Every IPv6 address" },
);

const addressBooks = {
  suggests: ["address", "address-set"].flatMap((kind) => [
    ["security", "address-book", kind],
    ["security", "zones", "security-zone", "address-book", kind],
  ]),
};

const builtIn = [...predefinedApplications.keys(), ...predefinedApplicationSets.keys()];
const applicationName = withWellKnown(objectName, {
  any: "Every application",
  ...Object.fromEntries(builtIn.map((word) => [word, "Built-in application"])),
});
const applicationLists = {
  suggests: [
    ["applications", "application"],
    ["applications", "application-set"],
  ],
};

/** A zone that a policy may name: a configured one, `junos-host` (the gateway itself) or, in global policies, `any`. */
const policyZone = withWellKnown(zoneName, { "junos-host": "The gateway itself" });
const globalZone = withWellKnown(zoneName, { any: "Every zone" });
const zoneList = { suggests: [["security", "zones", "security-zone"]] };

const matchTerms = {
  "source-address": leafList("Source address, address set, any, any-ipv4 or any-ipv6", addressName, addressBooks),
  "destination-address": leafList(
    "Destination address, address set, any, any-ipv4 or any-ipv6",
    addressName,
    addressBooks,
  ),
  "source-address-excluded": flag("Match every source address but those named"),
  "destination-address-excluded": flag("Match every destination address but those named"),
  application: leafList("Application, application set or any", applicationName, applicationLists),
  "dynamic-application": leafList("Layer-7 application", name("<application>", /^\S+$/, 63, "an application name"), {
    notEnforced: "applications are not identified: a policy that permits with it matches nothing",
  }),
  "url-category": leafList("Category of the URL", name("<category>", /^\S+$/, 63, "a category name"), {
    notEnforced: "URLs are not categorised: a policy that permits with it matches nothing",
  }),
  "source-identity": leafList("User or role of the source", name("<identity>", /^.+$/, 255, "a user or role"), {
    notEnforced: "users are not known: a policy that permits with it matches nothing",
  }),
};

const actions = {
  permit: container(
    "Let the session pass",
    {
      "tcp-options": container("What TCP must do, where it is not asked of all sessions", {
        "syn-check-required": flag("A session begins with SYN"),
        "sequence-check-required": flag("Sequence numbers are checked"),
        "initial-tcp-mss": leaf("Bytes that a segment to the client may have at most", segmentSize),
        "reverse-tcp-mss": leaf("Bytes that a segment to the server may have at most", segmentSize),
      }),
      "services-offload": flag("Take the fast path where the kernel has one", { choice: "services-offload-choice" }),
      "no-services-offload": flag("Take the ordinary path with every packet", { choice: "services-offload-choice" }),
    },
    { presence: true, choice: "action" },
  ),
  deny: container("Drop the packet silently", {}, { presence: true, choice: "action" }),
  reject: container("Drop the packet and tell the sender", {}, { presence: true, choice: "action" }),
  log: container("What to log", {
    "session-init": flag("Log when the session begins, or is refused"),
    "session-close": flag("Log when the session ends"),
    "session-update": leaf("Minutes between log entries of a living session", integer(0, 1440), {
      notEnforced: "no periodic entries are logged",
    }),
  }),
  count: container("Count packets and bytes of this policy", {}, { presence: true }),
};

const policyCommon = {
  description: leaf("Text for people", description),
  "scheduler-name": leaf("When the policy is in force", policyName, { suggests: [["schedulers", "scheduler"]] }),
};

export const securityPolicies = container("Security policies", {
  "from-zone": list(
    "Policies of a pair of zones",
    [key("from-zone-name", policyZone, zoneList), key("to-zone-name", policyZone, { word: "to-zone", ...zoneList })],
    {
      policy: list("Policy, matched in configured order", [key("name", policyName)], {
        ...policyCommon,
        match: container("What the policy applies to", matchTerms),
        then: container("What happens to it", actions),
      }),
    },
    { xmlName: "policy" },
  ),
  global: container("Policies asked after those of the zone pair", {
    policy: list("Global policy, matched in configured order", [key("name", policyName)], {
      ...policyCommon,
      match: container("What the policy applies to", {
        ...matchTerms,
        "from-zone": leafList("Source zone or any", globalZone, zoneList),
        "to-zone": leafList("Destination zone or any", globalZone, zoneList),
      }),
      then: container("What happens to it", actions),
    }),
  }),
  "default-policy": container("What happens to traffic that no policy matches", {
    "default-action": leaf(
      "Action",
      oneOf({ "permit-all": "Let everything pass that no policy matches", "deny-all": "Drop it (the default)" }),
      { positional: true, defaultValue: "deny-all" },
    ),
  }),
  "policy-rematch": container(
    "Ask the policies again about living sessions when they change",
    { extensive: flag("Also when an address or application changes") },
    { presence: true },
  ),
});
