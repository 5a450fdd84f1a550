// `show system license`: there is nothing to be licensed, and tools that ask are told so.

import { operation } from "./operation.ts";
import { group, mark, reply } from "./reply.ts";

export const showSystemLicense = operation<{ readonly needed: false }>({
  command: "show system license",
  help: "Show that no license is needed",
  parameters: [],
  run: async () => ({ needed: false }),
  text: () => "License usage: none\n\nLicenses installed: none\n",
  rpc: {
    name: "get-license-summary-information",
    reply: () =>
      reply(
        "license-summary-information",
        "junos-license",
        group("license-usage-summary", mark("no-feature-used")),
        group("license-information", mark("no-licenses-installed")),
      ),
  },
});
