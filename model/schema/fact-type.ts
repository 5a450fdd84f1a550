// The value types of the imported grammar: a type's name and its limits (`range 1..63`, `length 1..64`, `pattern ^[a-z]+$`,
// words of a choice joined by `|`) become a value type as the hand-written statements have. Where the original's own check
// is not known in every detail, the type is the wider one: a real configuration must not be refused.

import { parseIp } from "../ip/address.ts";
import { parseShortPrefix } from "../ip/prefix.ts";
import { shownWord } from "../shown-word.ts";
import { posixPattern } from "./posix-pattern.ts";
import { oneOf } from "./value.ts";
import type { ValueType } from "./value.ts";

/** Longest word that is tried against a pattern, so that no pattern can take long. */
const patternWordMax = 1_024;

// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u001f\u007f-\u009f\ufffd\ud800-\udfff]/u;

const known = new Map<string, ValueType<string>>();

/** The value type of a fact; equal facts share one. `limit` is the constraint of the table. */
export function factType(type: string, limit: string): ValueType<string> {
  const id = `${type} ${limit}`;
  const made = known.get(id) ?? makeType(type, limit);
  known.set(id, made);
  return made;
}

function makeType(type: string, limit: string): ValueType<string> {
  const alternatives = type.split("|");
  if (alternatives.length > 1) return union(alternatives.map((one) => factType(one, limitOf(one, limit))));
  if (type === "enum") return words(limit.split("|"));
  const limits = readLimits(limit);
  const bounds = integerBounds[type];
  // Numbers of 64 bits are strings in JSON (RFC 7951 6.1), because many readers would round them.
  if (bounds !== undefined) return { ...integerType(limits.ranges ?? [bounds]), ...(type === "uint64" ? {} : numeric) };
  const shape = shapes[type];
  if (shape !== undefined) {
    const made = checked(shape.placeholder, shape.test, shape.expected);
    const interfaces = interfaceKinds[type];
    return interfaces === undefined ? made : { ...made, interfaces };
  }
  return textType(type, limits);
}

const interfaceKinds: Readonly<Record<string, "device" | "unit">> = {
  interface: "unit",
  "interface-unit": "unit",
  "interface-wildcard": "unit",
  "interface-device": "device",
  "interface-device-wildcard": "device",
};

const numeric = { numeric: true } as const;

/** The limits of one member of a union: numbers have ranges, texts the rest. */
function limitOf(type: string, limit: string): string {
  const isNumber = integerBounds[type] !== undefined;
  return limit
    .split(" ; ")
    .filter((part) => part.startsWith("range ") === isNumber)
    .join(" ; ");
}

function union(members: readonly ValueType<string>[]): ValueType<string> {
  const placeholder = members.map((member) => member.placeholder).join(" or ");
  const made = checked(
    placeholder,
    (word) => members.some((member) => "value" in member.parse(word)),
    `one of ${placeholder}`,
  );
  return members.some((member) => member.numeric) ? { ...made, ...numeric } : made;
}

function words(list: readonly string[]): ValueType<string> {
  return oneOf(Object.fromEntries(list.map((word) => [word, "Word of this statement"])));
}

function checked(placeholder: string, test: (word: string) => boolean, expected: string): ValueType<string> {
  return {
    placeholder,
    parse: (word) =>
      word !== "" && !control.test(word) && test(word)
        ? { value: word }
        : { error: `${shownWord(word)} is not ${expected}` },
  };
}

// --- numbers ---------------------------------------------------------------------------------------------------------

type Bounds = readonly [first: number, last: number];

const integerBounds: Readonly<Record<string, Bounds>> = {
  uint8: [0, 255],
  uint16: [0, 65_535],
  uint32: [0, 4_294_967_295],
  uint64: [0, 2 ** 64],
  int8: [-128, 127],
  int16: [-32_768, 32_767],
  int32: [-2_147_483_648, 2_147_483_647],
};

const multipliers: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9 };

/** Whole numbers, with the suffixes k, m and g that the original takes for rates and sizes, or in hexadecimal. */
function integerType(ranges: readonly Bounds[]): ValueType<string> {
  const shown = ranges.map(([first, last]) => (first === last ? `${first}` : `${first}..${last}`)).join(" or ");
  const test = (word: string): boolean => {
    const value = integerValue(word);
    return value !== undefined && ranges.some(([first, last]) => value >= first && value <= last);
  };
  return checked(`<${shown}>`, test, `a number from ${shown.replaceAll("..", " to ")}`);
}

function integerValue(word: string): number | undefined {
  if (/^0x[\da-f]{1,16}$/i.test(word)) return Number(word);
  const match = /^(-?\d{1,20})([kmg]?)$/.exec(word);
  return match === null ? undefined : Number(match[1]) * (multipliers[match[2] ?? ""] ?? 1);
}

// --- texts -----------------------------------------------------------------------------------------------------------

interface Limits {
  readonly ranges?: readonly Bounds[];
  readonly length?: Bounds;
  readonly patterns: readonly ((word: string) => boolean)[];
  /** The one pattern as it is written, where it is short enough for a message. */
  readonly shown?: string;
}

const shownPatternLengthMax = 60;

function readLimits(limit: string): Limits {
  let ranges: readonly Bounds[] | undefined;
  let length: Bounds | undefined;
  const patterns: ((word: string) => boolean)[] = [];
  const written: string[] = [];
  for (const part of limit === "" ? [] : limit.split(" ; ")) {
    const [, name, rest = ""] = /^(\S+) (.*)$/s.exec(part) ?? [];
    if (name === "range") ranges = rest.split("|").map(boundsOf);
    else if (name === "length") length = boundsOf(rest);
    else if (name === "pattern") {
      const pattern = posixPattern(rest);
      if (pattern !== undefined) patterns.push(pattern);
      written.push(rest);
    }
  }
  const [only = "!", more] = written;
  const shown = more === undefined && !only.startsWith("!") && only.length <= shownPatternLengthMax ? only : undefined;
  return {
    ...(ranges === undefined ? {} : { ranges }),
    ...(length === undefined ? {} : { length }),
    ...(shown === undefined ? {} : { shown }),
    patterns,
  };
}

function boundsOf(text: string): Bounds {
  const [first = "", last = first] = text.trim().split("..");
  return [Number(first), Number(last)];
}

function textType(type: string, { length, patterns, shown }: Limits): ValueType<string> {
  const [shortest, longest] = length ?? [1, 65_536];
  const sizes = shortest === longest ? `${longest}` : `${shortest} to ${longest}`;
  const text = length === undefined ? "a text" : `a text of ${sizes} characters`;
  const form = shown === undefined ? "of the form that this statement takes" : `that fits the pattern ${shown}`;
  const expected = patterns.length === 0 ? text : `${text} ${form}`;
  const placeholder = type === "secret" ? "<secret>" : type === "regex" ? "<regular-expression>" : "<text>";
  const test = (word: string): boolean =>
    word.length >= shortest &&
    word.length <= longest &&
    (patterns.length === 0 || word.length <= patternWordMax) &&
    patterns.every((pattern) => pattern(word));
  const made = checked(placeholder, test, expected);
  return type === "secret" ? secretType(made) : made;
}

/** A secret of 255 bytes in its hidden form. */
const hiddenLengthMax = 1_024;

/** Like `type`, and also the hidden form of any secret, which is longer than the secret. */
export function secretType<T>(type: ValueType<T>): ValueType<T | string> {
  return {
    ...type,
    secret: true,
    parse: (word) => (word.startsWith("$9$") && word.length <= hiddenLengthMax ? { value: word } : type.parse(word)),
  };
}

// --- addresses, names and times --------------------------------------------------------------------------------------

interface Shape {
  readonly placeholder: string;
  readonly test: (word: string) => boolean;
  readonly expected: string;
}

function shape(placeholder: string, expected: string, test: RegExp | ((word: string) => boolean)): Shape {
  return {
    placeholder,
    expected,
    test: test instanceof RegExp ? (word) => word.length <= patternWordMax && test.test(word) : test,
  };
}

const isAddress = (word: string, family?: 4 | 6): boolean => {
  const address = parseIp(word);
  return address !== undefined && (family === undefined || address.family === family);
};

/** `default` is the route to everywhere. */
const isPrefix = (word: string, family?: 4 | 6): boolean => {
  if (word === "default") return true;
  const prefix = parseShortPrefix(word);
  return prefix !== undefined && (family === undefined || prefix.address.family === family);
};

const interfaceWord = /^[A-Za-z*<][A-Za-z0-9_./:*<>[\]!@-]{0,63}$/;
const macWord = /^[\da-f]{1,4}([:.-][\da-f]{1,4}){1,7}$/i;
const address = shape("<address>", "an IPv4 or IPv6 address", (word) => isAddress(word));
const prefix = shape("<prefix>", "an IP prefix (10.1.0.0/16, 2001:db8::/32)", (word) => isPrefix(word));
const prefix4 = shape("<prefix>", "an IPv4 prefix (10.1.0.0/16)", (word) => isPrefix(word, 4));
const prefix6 = shape("<prefix>", "an IPv6 prefix (2001:db8::/32)", (word) => isPrefix(word, 6));
const interfaceName = shape("<interface-name>", "an interface name (ge-0/0/1, ge-0/0/1.0, reth0)", interfaceWord);
const mac = shape("<mac-address>", "a MAC address (02:00:5e:00:53:01)", macWord);
const withLength = (of: Shape): Shape => ({ ...of, test: (word) => word.includes("/") && of.test(word) });

const shapes: Readonly<Record<string, Shape>> = {
  address,
  address4: shape("<address>", "an IPv4 address", (word) => isAddress(word, 4)),
  address6: shape("<address>", "an IPv6 address", (word) => isAddress(word, 6)),
  "ipaddr-scoped": shape("<address>", "an address, maybe with %interface", (word) =>
    isAddress(word.replace(/%[\w./-]{1,64}$/, "")),
  ),
  "address-or-interface": shape(
    "<address or interface>",
    "an address or an interface name",
    (word) => isAddress(word) || (word.length <= patternWordMax && interfaceWord.test(word)),
  ),
  prefix,
  prefix4,
  prefix6,
  "ipprefix-only": prefix,
  "ipprefix-optional": prefix,
  "ipprefix-mandatory": withLength(prefix),
  "ipv4prefix-only": prefix4,
  "ipv4prefix-mandatory": withLength(prefix4),
  "ipv6prefix-mandatory": withLength(prefix6),
  interface: interfaceName,
  "interface-unit": interfaceName,
  "interface-device": interfaceName,
  "interface-wildcard": interfaceName,
  "interface-device-wildcard": interfaceName,
  "interface-range-wild": interfaceName,
  "mac-addr": mac,
  "mac-unicast": mac,
  "mac-multicast": mac,
  "mac-addr-prefix": shape("<mac-address/length>", "a MAC address, maybe with a length", (word) =>
    macWord.test(word.slice(0, patternWordMax).replace(/\/\d{1,2}$/, "")),
  ),
  hostname: shape("<hostname>", "a host name or address", /^[A-Za-z0-9][A-Za-z0-9._:-]{0,254}$/),
  time: shape("<time>", "a time (2026-11-22.08:30, 08:30)", /^[\d.:/+ -]{1,32}$/),
  "time-of-day": shape("<time-of-day>", "a time of day (08:30, 8:30am)", /^\d{1,4}(:\d{2}){0,2}([ap]m)?$/i),
  "vlan-range": shape("<vlan-id or first-last>", "a VLAN id (1 to 4094) or a range", /^\d{1,4}(-\d{1,4})?$/),
  decimal64: shape("<number>", "a number", /^-?\d{1,18}(\.\d{1,18})?$/),
  "unsigned-float": shape("<number>", "a number that is not negative", /^\d{1,18}(\.\d{1,18})?$/),
  areaid: shape("<area>", "an area (0 or 0.0.0.0)", /^\d{1,10}(\.\d{1,3}){0,3}$/),
};
