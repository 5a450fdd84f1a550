// The numbers that the kernel has for the devices of a configuration. A number is compared faster than a name, and it is
// never given to another device while it runs (dev_index_reserve counts upwards).

import type { Ir } from "./ir.ts";

/** `found` are all devices that there are now. */
export function withDeviceNumbers(ir: Ir, found: readonly { readonly device: string; readonly index: number }[]): Ir {
  const wanted = new Set(ir.interfaces.map(({ device }) => device));
  const numbers = new Map(found.flatMap(({ device, index }) => (wanted.has(device) ? [[device, index] as const] : [])));
  if (sameNumbers(ir.deviceNumbers ?? none, numbers)) return ir;
  const { deviceNumbers: _, ...rest } = ir;
  return numbers.size === 0 ? rest : { ...rest, deviceNumbers: numbers };
}

const none: ReadonlyMap<string, number> = new Map();

function sameNumbers(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): boolean {
  return one.size === other.size && [...one].every(([device, index]) => other.get(device) === index);
}
