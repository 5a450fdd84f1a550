// A file in one line, as ls(1) has it: `show log` and `file list detail` print their files so.

import type { ShownFile } from "../store/shown-files.ts";

export function fileLine(file: ShownFile): string {
  const date = new Date(file.changedAtMs).toISOString();
  const cells = [permissionText(file), "1 root  wheel", String(file.sizeBytes).padStart(10)];
  return `${cells.join("  ")} ${date.slice(0, 10)} ${date.slice(11, 16)} ${file.name}\n`;
}

/** `-rw-------`. */
export function permissionText({ mode }: Pick<ShownFile, "mode">): string {
  const letters = ["r", "w", "x", "r", "w", "x", "r", "w", "x"];
  return `-${letters.map((letter, at) => ((mode & (0o400 >> at)) === 0 ? "-" : letter)).join("")}`;
}
