// Elements of sets and maps out of nft's JSON: `5`, `{ "concat": [ … ] }`, `{ "elem": { "val": 5, "counter": … } }`,
// `[key, data]`. Where one is not understood, the set as a whole is foreign and says why.

import type { NftElement, NftSet, NftType, NftValue } from "./program.ts";
import { isObject, kindOfType, readValue, readVerdict } from "./read-back-value.ts";

export interface SetShape {
  readonly key: readonly NftType[];
  readonly data: NftSet["data"];
  readonly counter: boolean;
}

export function readSetElements(
  list: readonly unknown[],
  shape: SetShape,
): { readonly elements: readonly NftElement[]; readonly foreign?: string } {
  const elements: NftElement[] = [];
  let foreign: string | undefined;
  for (const json of list) {
    const element = readElement(json, shape);
    if (element === undefined) foreign ??= `element ${JSON.stringify(json)}`;
    else elements.push(element);
  }
  return foreign === undefined ? { elements } : { elements, foreign };
}

function readElement(json: unknown, shape: SetShape): NftElement | undefined {
  if (shape.data === undefined) return keyed(json, shape);
  if (!Array.isArray(json) || json.length !== 2) return undefined;
  const element = keyed(json[0], shape);
  const data = shape.data === "verdict" ? readVerdict(json[1]) : readValues(json[1], shape.data);
  return element === undefined || data === undefined ? undefined : { ...element, data };
}

function keyed(json: unknown, shape: SetShape): NftElement | undefined {
  const body = unwrapped(json, shape);
  // nft's word for what no other element has; an interface cannot be called so.
  if (body === "*") return { key: "rest" };
  const key = readValues(body, shape.key);
  return key === undefined ? undefined : { key };
}

/** Without the wrapper that carries the counter; with anything else in the wrapper it is not ours. */
function unwrapped(json: unknown, shape: SetShape): unknown {
  const body = isObject(json) ? json["elem"] : undefined;
  if (!isObject(body)) return json;
  const known = shape.counter ? ["val", "counter"] : ["val"];
  return Object.keys(body).every((word) => known.includes(word)) ? body["val"] : undefined;
}

function readValues(json: unknown, types: readonly NftType[]): readonly NftValue[] | undefined {
  const parts = isObject(json) && Array.isArray(json["concat"]) ? (json["concat"] as readonly unknown[]) : [json];
  if (parts.length !== types.length) return undefined;
  const values = types.map((type, index) => readValue(parts[index], kindOfType(type)));
  return values.includes(undefined) ? undefined : values.filter((value) => value !== undefined);
}
