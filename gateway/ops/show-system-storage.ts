// `show system storage`: how full the file systems are.

import type { HostFilesystem } from "../kernel/host.ts";
import { operation } from "./operation.ts";
import { field, group, reply } from "./reply.ts";

export const showSystemStorage = operation<readonly HostFilesystem[]>({
  command: "show system storage",
  help: "Show how full the file systems are",
  parameters: [{ word: "detail", help: "In KiB" }],
  run: ({ kernel }) => kernel.readFilesystems(),
  text: (filesystems) => {
    const width = Math.max(22, ...filesystems.map(({ device }) => device.length)) + 1;
    const rows = filesystems.map((it) =>
      [
        it.device.padEnd(width),
        sizeText(it.totalKib).padStart(8),
        sizeText(it.usedKib).padStart(8),
        sizeText(it.availableKib).padStart(8),
        `${usedPercent(it)}%`.padStart(9),
        ` ${it.mountPoint}`,
      ].join(" "),
    );
    const head = `${"Filesystem".padEnd(width)}     Size     Used    Avail  Capacity  Mounted on`;
    return `${[head, ...rows].join("\n")}\n`;
  },
  rpc: {
    name: "get-system-storage",
    reply: (filesystems) =>
      reply(
        "system-storage-information",
        "junos",
        filesystems.map((it) =>
          group(
            "filesystem",
            field("filesystem-name", it.device),
            field("total-blocks", it.totalKib * 2, { "junos:format": sizeText(it.totalKib) }),
            field("used-blocks", it.usedKib * 2, { "junos:format": sizeText(it.usedKib) }),
            field("available-blocks", it.availableKib * 2, { "junos:format": sizeText(it.availableKib) }),
            field("used-percent", usedPercent(it)),
            field("mounted-on", it.mountPoint),
          ),
        ),
      ),
  },
});

/** As df(1) rounds: what is begun counts. */
function usedPercent({ usedKib, availableKib }: HostFilesystem): number {
  return usedKib + availableKib === 0 ? 0 : Math.ceil((usedKib * 100) / (usedKib + availableKib));
}

function sizeText(kib: number): string {
  const units = ["K", "M", "G", "T"] as const;
  let [value, at] = [kib, 0];
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024;
    at++;
  }
  return `${value < 10 && at > 0 ? value.toFixed(1) : Math.round(value)}${units[at]}`;
}
