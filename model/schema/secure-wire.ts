// `security forwarding-options secure-wire`: two ports as a wire with a firewall in it. Frames cross without routes.

import { key, leafList, list } from "./node.ts";
import { interfaceUnit, name } from "./value.ts";

export const secureWire = list(
  "Pair of ports that frames cross without routes",
  [key("name", name("<wire-name>", /^\S+$/, 63, "a name of a secure wire"))],
  {
    interface: leafList("The two ports of the wire", interfaceUnit, {
      countMax: 2,
      suggests: [["interfaces", "interface"]],
    }),
  },
);
