// `system`: the gateway as a host. It is the first statement of a configuration, as on the original, so that a file tells
// at its top which machine it belongs to.

import { container, key, leaf, list } from "./node.ts";
import { rootAuthentication, systemLogin } from "./system-login.ts";
import { systemSyslog } from "./syslog.ts";
import { systemServices } from "./system-services.ts";
import { ipAddress, name } from "./value.ts";

export const system = container("The gateway as a host", {
  "host-name": leaf("Name in prompts and logs", name("<host-name>", /^[A-Za-z0-9._-]+$/, 255, "a host name")),
  "root-authentication": rootAuthentication,
  login: systemLogin,
  services: systemServices,
  "time-zone": leaf(
    "Time zone of schedulers (default UTC)",
    name("<zone>", /^[a-zA-Z0-9:_+/,.-]{2,}$/, 64, "a time zone"),
  ),
  "name-server": list("Server that resolves domain names", [key("name", ipAddress)], {}, { block: true, countMax: 16 }),
  syslog: systemSyslog,
});
