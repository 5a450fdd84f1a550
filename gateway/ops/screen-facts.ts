// What the commands about screens have in common: the screens in force, and the counts of their attacks. The kernel counts
// for each zone; an interface has the counts of its zone, because the checks of a zone know its interfaces only together.

import { attackNames } from "@merlon/compiler/screen/attacks.ts";
import type { AttackName } from "@merlon/compiler/screen/attacks.ts";
import type { IrScreen } from "@merlon/compiler/screen/screen.ts";
import type { InterfaceUnit } from "@merlon/model/schema/value.ts";
import { formatInterfaceUnit } from "@merlon/model/schema/value.ts";
import type { Gateway } from "../gateway.ts";
import type { Input } from "./operation.ts";
import { OperationRefused } from "./operation.ts";

/** How often each attack was seen. */
export type AttackCounts = Readonly<Record<AttackName, number>>;

/** The screen of the zone, or of the zone of the interface, that the input names; undefined when it has none. */
export function screenAsked({ running }: Gateway, input: Input): { zone: string; screen: IrScreen | undefined } {
  const ir = running?.prepared.ir;
  const zone = input["zone"];
  const unit = input["interface"] as InterfaceUnit | undefined;
  const wanted = unit === undefined ? undefined : formatInterfaceUnit(unit);
  const found =
    wanted === undefined
      ? ir?.zones.find(({ name }) => name === zone)?.name
      : ir?.interfaces.find(({ name }) => name === wanted)?.zone;
  if (found === undefined) {
    if (wanted !== undefined) throw new OperationRefused(`interface ${wanted} is in no zone`);
    throw new OperationRefused(
      typeof zone === "string" ? `there is no zone ${zone}` : "say which: zone <zone-name>, or interface <interface>",
    );
  }
  return { zone: found, screen: ir?.screens?.find((screen) => screen.zone === found) };
}

/** As the original, a command about one of them wants its name; refused with those that there are. */
export function nameAsked(name: unknown, all: readonly { readonly name: string }[], what: string): string {
  if (typeof name === "string") return name;
  if (all.length === 0) throw new OperationRefused(`there is no ${what}`);
  const names = all.slice(0, namesMax).map((one) => one.name);
  const more = all.length > namesMax ? `, and ${all.length - namesMax} more` : "";
  throw new OperationRefused(`say which ${what}: ${names.join(", ")}${more}`);
}

const namesMax = 50;

export async function countsOf(gateway: Gateway, screen: IrScreen | undefined): Promise<AttackCounts> {
  const hits = screen === undefined ? new Map() : await gateway.kernel.readHits("hits");
  const countOf = (attack: AttackName): number => hits.get(screen?.ids.get(attack) ?? -1)?.packets ?? 0;
  const counts = Object.fromEntries(attackNames.map((attack) => [attack, countOf(attack)])) as AttackCounts;
  // No rule can count these.
  return { ...counts, "tear-drop": screen === undefined ? 0 : gateway.rules.screens.tearDropsOf(screen.zone) };
}
