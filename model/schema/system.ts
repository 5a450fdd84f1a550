// `system`: the gateway as a host.

import { container, leaf } from "./node.ts";
import { name } from "./value.ts";

export const system = container("The gateway as a host", {
  "host-name": leaf("Name in prompts and logs", name("<host-name>", /^[A-Za-z0-9._-]+$/, 255, "a host name")),
});
