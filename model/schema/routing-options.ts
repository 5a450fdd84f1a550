// `routing-options`: static routes. They are installed in the kernel's main table with our own protocol number. On the
// original those of IPv6 stand in the table `inet6.0`.

import { container, flag, key, leaf, leafList, list } from "./node.ts";
import { integer, networkPrefix, nextHop, objectName } from "./value.ts";

const staticRoutes = container("Static routes", {
  route: list(
    "Static route",
    [key("name", networkPrefix)],
    {
      "next-hop": leafList("Gateway or interface of the route; several share the load", nextHop, {
        choice: "next-hop",
        countMax: 64,
      }),
      discard: flag("Drop what matches, silently", { choice: "next-hop" }),
      reject: flag("Drop what matches and tell the sender", { choice: "next-hop" }),
      preference: leaf("Preference; the lowest wins", integer(0, 4_294_967_295), { defaultValue: 5 }),
    },
    { oneLine: "single", ordered: false },
  ),
});

export const routingOptions = container("Routing", {
  rib: list(
    "Routing table: inet.0 or inet6.0",
    [key("name", objectName)],
    { static: staticRoutes },
    { ordered: false },
  ),
  static: staticRoutes,
});
