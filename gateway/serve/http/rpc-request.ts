// The REST form of the original's requests: `/rpc/get-interface-information@format=json/terse?interface-name=ge-0/0/0`, with a
// body of arguments, as elements or as a query, or a list of requests in the body of `/rpc`. What comes out is what NETCONF
// reads. Pure.

import { MalformedXml, parseXml } from "@merlon/netconf/parse-xml.ts";
import type { ParsedElement } from "@merlon/netconf/parse-xml.ts";
import { Problem } from "./problem.ts";
import { decode } from "./route.ts";

/** Configurations are read by the readers of the language. */
const keepTextWithin: ReadonlySet<string> = new Set(["load-configuration", "config"]);
/** A name of XML that is also one of the original's. */
const elementName = /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/;
export const requestsMax = 64;
const argumentsMax = 256;

export interface RpcBody {
  readonly type: string;
  readonly text: string;
}

/** One request: `rest` is what stands behind `/rpc/`. Throws `Problem`. */
export function readRpc(rest: string, query: URLSearchParams, { type, text }: RpcBody): ParsedElement {
  const [head = "", ...segments] = rest.split("/");
  const [name = "", ...attributes] = decoded(head).split(/[@,;]/);
  if (!elementName.test(name)) throw new Problem(400, "the path does not name a request: /rpc/get-system-information");
  const given = [
    ...segments.filter((segment) => segment !== "").map((segment) => argument(decoded(segment))),
    ...[...query].filter(([key]) => key !== stopOnError).map(([key, value]) => leaf(key, value)),
  ];
  const body = bodyArguments(name, type, text);
  const children = [...given, ...body.children];
  if (children.length > argumentsMax) throw new Problem(400, `a request has at most ${argumentsMax} arguments`);
  const asked = attributes.map((each) => argument(each)).map((each) => [each.name, each.text]);
  return { ...body, name, attributes: { ...body.attributes, ...Object.fromEntries(asked) }, children };
}

export const stopOnError = "stop-on-error";

/** `name=value`, or a name alone. */
function argument(text: string): ParsedElement {
  const at = text.indexOf("=");
  return at < 0 ? leaf(text, "") : leaf(text.slice(0, at), text.slice(at + 1));
}

function leaf(name: string, text: string): ParsedElement {
  if (!elementName.test(name)) throw new Problem(400, `"${name.slice(0, 64)}" is not the name of an argument`);
  return { name, attributes: {}, text, children: [] };
}

function decoded(text: string): string {
  const value = decode(text);
  if (value === undefined) throw new Problem(400, "the path is not percent-encoded text");
  return value;
}

function bodyArguments(name: string, type: string, text: string): ParsedElement {
  const nothing: ParsedElement = { name, attributes: {}, text: "", children: [] };
  if (text.trim() === "") return nothing;
  switch (type) {
    case "":
    case "application/xml":
    case "text/xml": {
      const [whole] = readElements(text, name);
      // The request may be repeated around its arguments.
      const [inner] = whole?.children ?? [];
      return (inner?.name === name && whole?.children.length === 1 ? inner : whole) ?? nothing;
    }
    case "text/plain":
    case "application/x-www-form-urlencoded":
      return { ...nothing, children: [...new URLSearchParams(text.trim())].map(([key, value]) => leaf(key, value)) };
    default:
      throw new Problem(415, "the arguments come as application/xml, or as a query in text/plain");
  }
}

/** Requests one after the other. Throws `Problem`. */
export function readRpcs({ type, text }: RpcBody): readonly ParsedElement[] {
  if (type !== "" && type !== "application/xml" && type !== "text/xml")
    throw new Problem(415, "requests come as application/xml");
  const [list] = readElements(text, "requests");
  const requests = list?.children ?? [];
  const inner = requests.length === 1 && requests[0]?.name === "rpc" ? requests[0].children : requests;
  if (inner.length === 0) throw new Problem(400, "the body holds no request: <get-system-information/>");
  if (inner.length > requestsMax) throw new Problem(400, `at most ${requestsMax} requests are carried out together`);
  return inner;
}

/** The elements of a text that needs no outermost one, inside an element of the name that is given. */
function readElements(text: string, name: string): readonly ParsedElement[] {
  try {
    return [parseXml(`<${name}>${text.replace(/^\s*<\?xml[^?]*\?>/, "")}</${name}>`, { keepTextWithin })];
  } catch (error) {
    if (error instanceof MalformedXml) throw new Problem(400, error.message);
    throw error;
  }
}
