// `show system capabilities`: what this kernel can do for us, found out by trying.

import type { Capability } from "../kernel/kernel.ts";
import { operation } from "./operation.ts";
import { renderTable } from "./table.ts";

export const showSystemCapabilities = operation<readonly Capability[]>({
  command: "show system capabilities",
  help: "Show what the kernel of this gateway can do",
  parameters: [],
  run: async ({ kernel }) => kernel.probe(),
  text: (capabilities) =>
    renderTable(
      [
        { title: "Capability", cell: ({ name }) => name },
        { title: "Available", cell: ({ available }) => (available ? "yes" : "no") },
        { title: "Note", cell: ({ note }) => note },
      ],
      capabilities,
    ),
});
