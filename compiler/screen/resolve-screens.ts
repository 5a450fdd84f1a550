// From `security screen` to the checks of each zone. What this kernel cannot tell is left out with a warning, and the rest of
// the screen stands.

import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { origin } from "@merlon/model/schema/node.ts";
import type { HasOrigin } from "@merlon/model/schema/node.ts";
import { formatInterfaceUnit } from "@merlon/model/schema/value.ts";
import type { DiagnosticList } from "../diagnostic-list.ts";
import type { RuleId } from "../ir.ts";
import { ruleKey } from "../rule-ids.ts";
import type { AttackName } from "./attacks.ts";
import { extensionsCountedMax } from "./lower-extension-checks.ts";
import { resolveExtensions } from "./resolve-extensions.ts";
import { resolveLimits } from "./resolve-limits.ts";
import { attacksOf } from "./screen.ts";
import type { HeaderAttack, IrScreen, ScreenCheck, TunnelKind } from "./screen.ts";

type Screen = NonNullable<NonNullable<Configuration["security"]>["screen"]>;
export type IdsOption = Screen["idsOption"][number];

/** The addresses of white lists by their names. */
export type WhiteLists = (names: readonly string[]) => readonly IpPrefix[];

/** A screen whose attacks have no numbers yet. */
export type ScreenDraft = Omit<IrScreen, "ids">;

/** Names of capabilities (`show system capabilities`) that the kernel does not have. */
export type KernelLacks = ReadonlySet<string>;

/** What `lacks` calls SYN cookies. */
const cookieCapability = "nft-synproxy";

/** What all screens of a configuration share. */
interface Surroundings {
  readonly whiteLists: WhiteLists;
  /** Why SYNs above the threshold are dropped and not answered with cookies. */
  readonly noCookies: string | undefined;
  /** Whether persistent NAT leads sessions inwards. */
  readonly bindings: boolean;
}

/** Nothing is routed on a wire: a cookie has no way back to the client, and a source no route to be asked for. */
const onWire = "the zone has ports of secure wires";

export function resolveScreens(
  configuration: Configuration,
  lacks: KernelLacks,
  diagnostics: DiagnosticList,
): readonly ScreenDraft[] {
  const screen = configuration.security?.screen;
  if (screen === undefined) return [];
  const shared: Surroundings = {
    whiteLists: whiteListsOf(screen),
    noCookies: whyNoCookies(configuration, lacks),
    bindings: hasBindings(configuration),
  };
  const options = new Map(screen.idsOption.map((option) => [option.name, option]));
  const checks = new Map<string, readonly ScreenCheck[]>();
  const onWires = zonesOnWires(configuration);
  const told = new Set<IdsOption>();
  return (configuration.security?.zones?.securityZone ?? []).flatMap((zone): ScreenDraft[] => {
    const option = zone.screen === undefined ? undefined : options.get(zone.screen);
    if (option === undefined) return [];
    if (!told.has(option)) warnKernel(option, shared, diagnostics);
    told.add(option);
    const wired = onWires.has(zone.name);
    if (wired) warnWires(zone, option, shared.noCookies === undefined, diagnostics);
    const key = wired ? `${option.name} on wires` : option.name;
    const own = checks.get(key) ?? resolveChecks(option, { ...shared, ...(wired ? { noCookies: onWire } : {}) });
    checks.set(key, own);
    const drops = option.alarmWithoutDrop !== true;
    return [{ zone: zone.name, name: option.name, drops, checks: own, origin: zone[origin] }];
  });
}

function zonesOnWires({ security }: Configuration): ReadonlySet<string> {
  const ports = new Set(
    (security?.forwardingOptions?.secureWire ?? []).flatMap((wire) => wire.interface.map(formatInterfaceUnit)),
  );
  const zones = security?.zones?.securityZone ?? [];
  const wired = zones.filter((zone) => zone.interfaces.some(({ name }) => ports.has(formatInterfaceUnit(name))));
  return new Set(wired.map(({ name }) => name));
}

function warnWires(
  zone: { readonly name: string } & HasOrigin,
  option: IdsOption,
  cookies: boolean,
  diagnostics: DiagnosticList,
): void {
  const warn = (what: string, hint: string) =>
    diagnostics.warning("screen.kernel", zone[origin], `screen ${option.name} in zone ${zone.name}: ${what}`, hint);
  if (option.ip?.spoofing === true) {
    const what = "ip spoofing is not checked on secure wires, where nothing is routed";
    warn(what, "name the sources in the policies of the zone");
  }
  if (option.tcp?.synFlood !== undefined && cookies) {
    const what = `what is above the attack threshold is dropped and not answered with SYN cookies: ${onWire}`;
    warn(what, "nothing: it is cut all the same");
  }
}

/** What a screen checks on a kernel that can do everything. */
export function checksOfScreen({ security }: Configuration, option: IdsOption): readonly ScreenCheck[] {
  const whiteLists = security?.screen === undefined ? () => [] : whiteListsOf(security.screen);
  return resolveChecks(option, { whiteLists, noCookies: undefined, bindings: false });
}

function whiteListsOf({ whiteList }: Screen): WhiteLists {
  const named = new Map(whiteList.map(({ name, address }) => [name, address]));
  return (names) => names.flatMap((name) => named.get(name) ?? []);
}

/** What the number of an attack is tied to; see `RuleIdTable`. */
export function screenKeys(screens: readonly ScreenDraft[]): readonly string[] {
  return screens.flatMap((screen) => attacksIn(screen).map((attack) => screenKey(screen.zone, attack)));
}

export function withIds(screens: readonly ScreenDraft[], idOf: (key: string) => RuleId): readonly IrScreen[] {
  return screens.map((screen) => ({
    ...screen,
    ids: new Map(attacksIn(screen).map((attack) => [attack, idOf(screenKey(screen.zone, attack))])),
  }));
}

function screenKey(zone: string, attack: AttackName): string {
  return ruleKey(zone, "junos-screen", { scope: "default", name: attack });
}

function attacksIn({ checks }: ScreenDraft): readonly AttackName[] {
  return [...new Set(checks.flatMap(attacksOf))];
}

function resolveChecks(option: IdsOption, { whiteLists, noCookies }: Surroundings): readonly ScreenCheck[] {
  const headers = headerAttacks(option);
  const { ip, tcp } = option;
  const tunnels = tunnelKinds(option);
  const checks: readonly (ScreenCheck | undefined)[] = [
    ip?.blockFrag === undefined ? undefined : { kind: "block-fragment", except: whiteLists(ip.blockFrag.whiteList) },
    ...headers.map((attack): ScreenCheck => ({ kind: "header", attack })),
    ...resolveExtensions(option),
    tunnels.length === 0 ? undefined : { kind: "tunnel", tunnels },
    ...floods(option, whiteLists),
    tcp?.synFlood === undefined ? undefined : synFlood(tcp.synFlood, noCookies === undefined),
    ...sweeps(option),
    ...resolveLimits(option, whiteLists),
  ];
  return checks.filter((check) => check !== undefined);
}

/** Where the kernel does something else than what is written. */
function warnKernel(option: IdsOption, { noCookies, bindings }: Surroundings, diagnostics: DiagnosticList): void {
  const warn = (what: string, hint: string) =>
    diagnostics.warning("screen.kernel", option[origin], `screen ${option.name}: ${what}`, hint);
  const { ip, tcp } = option;
  if (ip?.tearDrop === true && option.alarmWithoutDrop === true) {
    warn(
      "the kernel drops fragments that overlap also while the screen only alarms",
      "take alarm-without-drop out, or know the exception",
    );
  }
  const limit = ip?.ipv6ExtensionHeaderLimit ?? 0;
  if (limit >= extensionsCountedMax) {
    warn(
      `ipv6-extension-header-limit ${limit} is never exceeded: headers of one kind count once, and there are ${extensionsCountedMax} kinds`,
      `set it to ${extensionsCountedMax - 1} or less`,
    );
  }
  if (tcp?.synFlood !== undefined && noCookies !== undefined) {
    warn(
      `what is above the attack threshold is dropped and not answered with SYN cookies: ${noCookies}`,
      "nothing: it is cut all the same",
    );
  } else if (tcp?.synFlood !== undefined && bindings) {
    warn(
      "above the attack threshold SYN cookies open no session to hosts that persistent NAT has bound",
      "nothing: what comes in by a binding is cut while the flood lasts",
    );
  }
}

/** A cookie comes back as a segment without a session. */
function whyNoCookies({ security }: Configuration, lacks: KernelLacks): string | undefined {
  if (lacks.has(cookieCapability)) return "this kernel has no nft synproxy";
  return security?.flow?.tcpSession?.noSynCheck === true ? "security flow tcp-session no-syn-check is set" : undefined;
}

/** The way in to a binding asks by which device a packet comes in, and what the gateway sends comes in by none. */
function hasBindings({ security }: Configuration): boolean {
  const rules = security?.nat?.source?.ruleSet.flatMap(({ rule }) => rule) ?? [];
  return rules.some(({ then }) => {
    const { interface: device, pool } = then?.sourceNat ?? {};
    return device?.persistentNat !== undefined || pool?.persistentNat !== undefined;
  });
}

/** In the order in which the checks are made. */
function headerAttacks({ icmp, ip, tcp }: IdsOption): readonly HeaderAttack[] {
  const on: Readonly<Record<HeaderAttack, true | undefined>> = {
    "ping-death": icmp?.pingDeath,
    "icmp-fragment": icmp?.fragment,
    "syn-fragment": tcp?.synFrag,
    "tear-drop": ip?.tearDrop,
    spoofing: ip?.spoofing,
    "loose-source-route": ip?.looseSourceRouteOption,
    "strict-source-route": ip?.strictSourceRouteOption,
    "source-route": ip?.sourceRouteOption,
    "record-route": ip?.recordRouteOption,
    timestamp: ip?.timestampOption,
    security: ip?.securityOption,
    stream: ip?.streamOption,
    "bad-option": ip?.badOption,
    "ipv6-malformed-header": ip?.ipv6MalformedHeader,
    "unknown-protocol": ip?.unknownProtocol,
    land: tcp?.land,
    "no-flag": tcp?.tcpNoFlag,
    "syn-fin": tcp?.synFin,
    "fin-no-ack": tcp?.finNoAck,
    winnuke: tcp?.winnuke,
    "icmp-large": icmp?.large,
    "icmpv6-malformed": icmp?.icmpv6Malformed,
  };
  return (Object.keys(on) as HeaderAttack[]).filter((attack) => on[attack] === true);
}

function tunnelKinds({ ip }: IdsOption): readonly TunnelKind[] {
  const { gre, ipInUdp, ipip } = ip?.tunnel ?? {};
  const on: Readonly<Record<TunnelKind, true | undefined>> = {
    "gre-4in4": gre?.gre4in4,
    "gre-4in6": gre?.gre4in6,
    "gre-6in4": gre?.gre6in4,
    "gre-6in6": gre?.gre6in6,
    teredo: ipInUdp?.teredo,
    "ipip-6to4relay": ipip?.ipip6to4relay,
    "ipip-6in4": ipip?.ipip6in4,
    "ipip-4in6": ipip?.ipip4in6,
    "ipip-4in4": ipip?.ipip4in4,
    "ipip-6in6": ipip?.ipip6in6,
    isatap: ipip?.isatap,
    dslite: ipip?.dslite,
  };
  return (Object.keys(on) as TunnelKind[]).filter((kind) => on[kind] === true);
}

function floods({ icmp, udp }: IdsOption, whiteLists: WhiteLists): readonly ScreenCheck[] {
  const checks: ScreenCheck[] = [];
  if (icmp?.flood !== undefined) {
    checks.push({ kind: "flood", attack: "icmp-flood", perSecond: icmp.flood.threshold ?? 1_000, except: [] });
  }
  if (udp?.flood !== undefined) {
    const { threshold = 1_000, whiteList } = udp.flood;
    checks.push({ kind: "flood", attack: "udp-flood", perSecond: threshold, except: whiteLists(whiteList) });
  }
  return checks;
}

type SynFlood = NonNullable<NonNullable<IdsOption["tcp"]>["synFlood"]>;

function synFlood(configured: SynFlood, cookies: boolean): ScreenCheck {
  return {
    kind: "syn-flood",
    attackThreshold: configured.attackThreshold ?? 200,
    alarmThreshold: configured.alarmThreshold ?? 512,
    sourceThreshold: configured.sourceThreshold ?? 4_000,
    destinationThreshold: configured.destinationThreshold ?? 4_000,
    timeoutSeconds: configured.timeout ?? 20,
    except: configured.whiteList.map(({ sourceAddress, destinationAddress }) => ({
      sources: sourceAddress,
      destinations: destinationAddress,
    })),
    cookies,
  };
}

function sweeps({ icmp, tcp, udp }: IdsOption): readonly ScreenCheck[] {
  const found = [
    ["icmp-sweep", "icmp", "address", icmp?.ipSweep],
    ["tcp-sweep", "tcp", "address", tcp?.tcpSweep],
    ["udp-sweep", "udp", "address", udp?.udpSweep],
    ["tcp-port-scan", "tcp", "port", tcp?.portScan],
    ["udp-port-scan", "udp", "port", udp?.portScan],
  ] as const;
  return found.flatMap(([attack, protocol, target, configured]): ScreenCheck[] => {
    if (configured === undefined) return [];
    const withinMs = Math.ceil((configured.threshold ?? 5_000) / 1_000);
    return [{ kind: "sweep", attack, protocol, target, withinMs }];
  });
}
