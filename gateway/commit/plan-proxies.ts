// Which addresses the gateway shall begin and cease to answer for. All that carry our mark are ours, whoever wrote them, so
// a process that died leaves nothing behind.

import type { IrNetwork } from "@merlon/compiler/ir.ts";
import { formatIp } from "@merlon/model/ip/address.ts";
import type { KernelLink, KernelNetwork, KernelProxy, NetworkStep } from "../kernel/kernel.ts";

export interface ProxyPlan {
  readonly deletions: readonly NetworkStep[];
  /** On links that are there or will be. */
  readonly additions: readonly NetworkStep[];
}

export function planProxies(
  desired: IrNetwork,
  actual: KernelNetwork,
  links: ReadonlyMap<string, KernelLink>,
): ProxyPlan {
  const wanted = new Map((desired.proxies ?? []).map((proxy) => [textOf(proxy), proxy]));
  const there = new Map((actual.proxies ?? []).map((proxy) => [textOf(proxy), proxy]));
  return {
    deletions: [...there].filter(([text]) => !wanted.has(text)).map(([, proxy]) => ({ kind: "delete-proxy", proxy })),
    additions: [...wanted]
      .filter(([text, { device }]) => !there.has(text) && links.has(device))
      .map(([, proxy]) => ({ kind: "add-proxy", proxy })),
  };
}

function textOf({ device, address }: KernelProxy): string {
  return `${device} ${formatIp(address)}`;
}
