// Between the kernel's devices and the names of the configuration.

import type { Ir } from "@merlon/compiler/ir.ts";
import type { Gateway } from "../gateway.ts";

/** The logical interface of a device: as it stands in a zone or in the configuration, else unit 0 of the device. */
export function logicalNames(ir: Ir | undefined): (device: string) => string {
  const names = new Map<string, string>();
  for (const { device, name } of ir?.network.links ?? []) names.set(device, `${name}.0`);
  for (const { device, name } of ir?.interfaces ?? []) names.set(device, name);
  return (device) => names.get(device) ?? `${device}.0`;
}

/** The kernel's device of an interface that was typed: a configured name, with or without unit, or the device itself. */
export function deviceOf({ running }: Pick<Gateway, "running">, typed: string): string {
  const ir = running?.prepared.ir;
  const plain = typed.replace(/\.\d+$/, "");
  const link = ir?.network.links.find(({ name }) => name === plain);
  const inZone = ir?.interfaces.find(({ name }) => name === typed || name === `${typed}.0`);
  return inZone?.device ?? link?.device ?? plain;
}
