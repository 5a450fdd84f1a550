// `interfaces`: the network devices of the gateway and their addresses. `kernel-name` is ours: it ties a Junos-style
// name to a device of the kernel, as part of the configuration, so that the same file tells which port is which.

import { container, flag, key, leaf, list } from "./node.ts";
import { integer, interfaceName, kernelName, prefixOfFamily, text } from "./value.ts";

function family(number: 4 | 6) {
  return container(
    `IPv${number} on this unit`,
    {
      address: list("Address with prefix length", [key("name", prefixOfFamily(number))], {
        primary: flag("Preferred source address", { notEnforced: "the kernel picks the source address" }),
        preferred: flag("Preferred address of its subnet", { notEnforced: "the kernel picks the source address" }),
      }),
      mtu: leaf("Largest packet of this family", integer(68, 65_535), {
        notEnforced: "the MTU of the interface applies",
      }),
    },
    { presence: true },
  );
}

const networkInterface = list(
  "Network interface",
  [key("name", interfaceName)],
  {
    description: leaf("Text for people", text(65_536)),
    disable: flag("Keep the interface down"),
    "kernel-name": leaf("Device of the kernel (default: the same name, with a dash for a slash)", kernelName),
    "vlan-tagging": flag("Frames carry VLAN tags; each unit has its vlan-id", { choice: "vlan-tag-mode" }),
    "flexible-vlan-tagging": flag("Frames with and without VLAN tags", { choice: "vlan-tag-mode" }),
    mtu: leaf("Largest packet, with the Ethernet header left out", integer(68, 65_535)),
    unit: list(
      "Logical interface",
      [key("name", integer(0, 16_385))],
      {
        description: leaf("Text for people", text(65_536)),
        disable: flag("Keep the logical interface down", { notEnforced: "the unit stays up" }),
        "vlan-id": leaf("VLAN of the frames of this unit", integer(1, 4094)),
        family: container(
          "Protocol family",
          {
            inet: family(4),
            inet6: family(6),
            "ethernet-switching": container("A port that has no addresses", {}, { presence: true }),
          },
          { inline: true },
        ),
      },
      { ordered: false },
    ),
  },
  { keyword: false, ordered: false },
);

export const interfaces = container("Network interfaces", { interface: networkInterface });
