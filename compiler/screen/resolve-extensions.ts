// Extension headers and options of IPv6 by their numbers (IANA: protocol numbers, destination and hop-by-hop options).

import type { NumberRange } from "@merlon/model/schema/value.ts";
import { mergeNumberRanges } from "../number-ranges.ts";
import type { IdsOption } from "./resolve-screens.ts";
import type { ScreenCheck } from "./screen.ts";

export function resolveExtensions({ ip }: IdsOption): readonly ScreenCheck[] {
  const configured = ip?.ipv6ExtensionHeader;
  const checks: ScreenCheck[] = [];
  const headers = [
    ...numbers([
      [43, configured?.routingHeader],
      [44, configured?.fragmentHeader],
      [50, configured?.ESPHeader],
      [51, configured?.AHHeader],
      [59, configured?.noNextHeader],
      [135, configured?.mobilityHeader],
      [139, configured?.HIPHeader],
      [140, configured?.shim6Header],
    ]),
    ...ranges(configured?.userDefinedHeaderType ?? []),
  ];
  if (headers.length > 0) checks.push({ kind: "extension", headers: mergeNumberRanges(headers) });
  const hopByHop = configured?.hopByHopHeader;
  if (hopByHop !== undefined) {
    const options = [
      ...numbers([
        [0x05, hopByHop.routerAlertOption],
        [0x07, hopByHop.CALIPSOOption],
        [0x08, hopByHop.SMFDPDOption],
        [0x26, hopByHop.quickStartOption],
        [0x63, hopByHop.RPLOption],
        [0xc2, hopByHop.jumboPayloadOption],
      ]),
      ...ranges(hopByHop.userDefinedOptionType),
    ];
    checks.push({ kind: "extension-option", header: "hop-by-hop", options: anyOr(options) });
  }
  const destination = configured?.destinationHeader;
  if (destination !== undefined) {
    const options = [
      ...numbers([
        [0x04, destination.tunnelEncapsulationLimitOption],
        [0x8b, destination.ILNPNonceOption],
        [0x8c, destination.lineIdentificationOption],
        [0xc9, destination.homeAddressOption],
      ]),
      ...ranges(destination.userDefinedOptionType),
    ];
    checks.push({ kind: "extension-option", header: "destination", options: anyOr(options) });
  }
  const countMax = ip?.ipv6ExtensionHeaderLimit;
  if (countMax !== undefined) checks.push({ kind: "extension-limit", countMax });
  return checks;
}

function numbers(list: readonly (readonly [number, true | undefined])[]): readonly NumberRange[] {
  return list.filter(([, on]) => on === true).map(([number]) => ({ first: number, last: number }));
}

type Configured = readonly { readonly name: number; readonly to?: { readonly typeHigh?: number } }[];

/** A range whose end is before its beginning is its beginning alone. */
function ranges(list: Configured): readonly NumberRange[] {
  return list.map(({ name, to }) => ({ first: name, last: Math.max(name, to?.typeHigh ?? name) }));
}

function anyOr(options: readonly NumberRange[]): "any" | readonly NumberRange[] {
  return options.length === 0 ? "any" : mergeNumberRanges(options);
}
