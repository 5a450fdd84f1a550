// The page of `enable-explorer`, in which requests can be tried: one file, which loads nothing from elsewhere and runs nothing but
// its own script. The browser asks for the password, as it does of any page.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "./problem.ts";
import { route } from "./route.ts";

export const explorerRoute = route({
  method: "GET",
  path: "/",
  tag: "monitoring",
  summary: "A page in which requests can be tried, where enable-explorer is configured",
  answers: [{ type: "text/html" }],
  problems: [404],
  answer: async (exchange) => {
    const { running } = exchange.gateway;
    if (running?.prepared.configuration.system?.services?.rest?.enableExplorer !== true)
      throw new Problem(404, "there is no page here; set system services rest enable-explorer makes one");
    const page = await explorerPage();
    await exchange.send(page, "text/html; charset=utf-8", 200, { "content-security-policy": policyOf(page) });
  },
});

let kept: Promise<string> | undefined;

function explorerPage(): Promise<string> {
  kept ??= readFile(join(import.meta.dirname, "explorer.html"), "utf8");
  return kept;
}

/** Its own script and style, by their hashes, and requests to where it comes from (CSP level 3). */
function policyOf(page: string): string {
  const hashOf = (tag: string): string => {
    const text = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page)?.[1] ?? "";
    return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  };
  const own = `script-src ${hashOf("script")}; style-src ${hashOf("style")}; connect-src 'self'`;
  return `default-src 'none'; ${own}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}
