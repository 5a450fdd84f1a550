// The REST interface of the original: how requests are written, and what is answered in which form.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { printElement } from "@merlon/netconf/print-element.ts";
import { rpcReply } from "./rpc-reply.ts";
import { readRpc, readRpcs } from "./rpc-request.ts";
import { Problem } from "./problem.ts";
import { HttpCase } from "./testing/http-case.ts";
import type { ParsedElement } from "@merlon/netconf/parse-xml.ts";

const shown = ({ name, attributes, children, text }: ParsedElement): string =>
  printElement({ name, attributes, content: children.length === 0 ? text : children.map((each) => ({ name: each.name, content: each.text })) }); // prettier-ignore

describe("a request in a path", () => {
  test.each([
    ["get-system-information", "", "", "<get-system-information/>"],
    ["get-interface-information/terse", "", "", "<get-interface-information>\n<terse/>\n</get-interface-information>"],
    ["get-interface-information/interface-name=ge-0%2F0%2F0/terse", "", "", "<get-interface-information>\n<interface-name>ge-0/0/0</interface-name>\n<terse/>\n</get-interface-information>"],
    ["get-configuration@format=json,database=committed", "", "", '<get-configuration format="json" database="committed"/>'],
    ["get-x", "a=1&b=", "", "<get-x>\n<a>1</a>\n<b/>\n</get-x>"],
    ["get-x", "stop-on-error=1", "", "<get-x/>"],
    ["get-x", "", "<a>1</a><b/>", "<get-x>\n<a>1</a>\n<b/>\n</get-x>"],
    ["get-x", "", '<?xml version="1.0"?><get-x><a>1</a></get-x>', "<get-x>\n<a>1</a>\n</get-x>"],
  ])("%s?%s with %j", (rest, query, text, expected) => {
    expect(shown(readRpc(rest, new URLSearchParams(query), { type: "application/xml", text }))).toBe(expected);
  }); // prettier-ignore

  test("with a body that is a query", () => {
    const read = readRpc("get-x", new URLSearchParams(), { type: "text/plain", text: "interface-name=a&terse\n" });
    expect(shown(read)).toBe("<get-x>\n<interface-name>a</interface-name>\n<terse/>\n</get-x>");
  });

  test.each([
    ["", "", 400],
    ["9x", "", 400],
    ["get x", "", 400],
    ["get-x/%zz", "", 400],
    ["get-x/<a>", "", 400],
    ["get-x", "<a>", 400],
    ["get-x", "<!DOCTYPE a><a/>", 400],
  ])("%s with %j is a problem", (rest, text, status) => {
    const read = () => readRpc(rest, new URLSearchParams(), { type: "", text });
    expect(read).toThrow(Problem);
    expect(read).toThrow(expect.objectContaining({ status }) as Error);
  });

  test.each([
    ["", 0],
    ["text", 0],
    ["<a/><b/>", 2],
    ["<rpc><a/></rpc>", 1],
    ["<?xml version='1.0' encoding='UTF-8'?>\n<a/>", 1],
    ["<a/>".repeat(65), 0],
  ])("a list %j holds %i", (text, count) => {
    const read = () => readRpcs({ type: "application/xml", text });
    if (count === 0) expect(read).toThrow(Problem);
    else expect(read()).toHaveLength(count);
  });
});

describe("a reply", () => {
  test.each([
    ["<a><b>1</b><b>2</b><c/></a>\n", '{"a":[{"b":[{"data":"1"},{"data":"2"}],"c":[{"data":[null]}]}]}'],
    ['<a x="&lt;"/>\n', '{"a":[{"attributes":{"x":"<"},"data":[null]}]}'],
    ["{&quot;a&quot;:1}", '{"a":1}'],
  ])("%s as JSON", (body, expected) => {
    expect(JSON.parse(rpcReply(body, "application/json").text)).toEqual(JSON.parse(expected));
  });

  test("as text is what stands in it", () => {
    expect(rpcReply("<output>\na &lt; b\n</output>\n", "text/plain").text).toBe("a < b\n");
  });

  test("a warning is no failure", () => {
    const error = (severity: string): string => `<rpc-error><error-severity>${severity}</error-severity></rpc-error>`;
    expect(rpcReply(error("warning"), "application/xml").failed).toBe(false);
    expect(rpcReply(error("error"), "application/xml").failed).toBe(true);
  });
});

describe("over HTTP", () => {
  let http: HttpCase;
  beforeAll(async () => {
    http = await HttpCase.open();
  });
  afterAll(() => http[Symbol.asyncDispose]());
  const xml = { "content-type": "application/xml" };

  test.each([
    ["*/*", "application/xml", "<host-name>merlon</host-name>"],
    ["application/xml", "application/xml", "<software-information xmlns="],
    ["application/json", "application/json", '"software-information"'],
    ["text/plain", "text/plain", "Hostname: merlon\n"],
    ["text/plain;q=0.5, application/json", "application/json", '"host-name"'],
  ])("accept %s", async (accept, type, part) => {
    const answer = await http.ask("/rpc/get-software-information", { headers: { accept } });
    expect(answer.status).toBe(200);
    expect(answer.type.split(";")[0]).toBe(type);
    expect(answer.text).toContain(part);
  });

  test("the attribute decides before accept", async () => {
    const answer = await http.ask("/rpc/get-software-information@format=json", {
      headers: { accept: "application/xml" },
    });
    expect(JSON.parse(answer.text)).toHaveProperty("software-information");
    const set = await http.ask("/rpc/get-configuration@format=set");
    expect(set.text).toContain("set security zones security-zone web interfaces eth1\n");
    const json = await http.ask("/rpc/get-configuration", { headers: { accept: "application/json" } });
    expect(JSON.parse(json.text)).toHaveProperty("configuration");
  });

  test("a question may be asked with GET, and nothing else", async () => {
    for (const rest of ["clear-security-policies-hit-count", "lock-configuration", "commit-configuration"])
      expect(await http.ask(`/rpc/${rest}`)).toMatchObject({ status: 405, headers: { allow: "POST" } });
    expect(await http.ask("/rpc/get-alarm-information")).toMatchObject({ status: 200 });
  });

  test("what is not known, and what is not allowed", async () => {
    expect(await http.ask("/rpc/get-nothing")).toMatchObject({ status: 400, text: expect.stringContaining("<bad-element>get-nothing") as string }); // prettier-ignore
    const denied = await http.ask("/rpc/clear-security-policies-hit-count", { ...http.as("bo"), method: "POST" });
    expect([400, 403]).toContain(denied.status);
    const lock = await http.ask("/rpc/lock-configuration", { ...http.as("bo"), method: "POST" });
    expect(lock).toMatchObject({ status: 403, text: expect.stringContaining("access-denied") as string });
  });

  test("several requests share a session: lock, load, commit, unlock", async () => {
    const body =
      "<lock-configuration/>" +
      '<load-configuration action="set" format="text"><configuration-set>set system host-name from-rest</configuration-set></load-configuration>' +
      "<commit-configuration><log>by rest</log></commit-configuration>" +
      "<unlock-configuration/>";
    const answer = await http.ask("/rpc", { method: "POST", body, headers: { ...xml, accept: "application/json" } });
    const boundary = /boundary="(.+)"/.exec(answer.type)?.[1] ?? "";
    const parts = answer.text.split(`--${boundary}`).slice(1, -1);
    expect(parts).toHaveLength(4);
    expect(parts[1]).toContain('"load-configuration-results"');
    expect(await http.type("show system commit")).toMatch(/^0 .* by ana via netconf\n +by rest\n/);
    expect(http.gateway.hostName).toBe("from-rest");
  });

  test("stop-on-error ends the list, and what was locked is free again", async () => {
    const body = "<lock-configuration/><get-nothing/><get-software-information/>";
    const count = async (query: string): Promise<number> => {
      const { text } = await http.ask(`/rpc${query}`, { method: "POST", body, headers: xml });
      return text.split("Content-Type:").length - 1;
    };
    expect(await count("")).toBe(3);
    expect(await count("?stop-on-error=1")).toBe(2);
    expect(http.gateway.candidates.editors()).toEqual([]);
  });

  test("a change in JSON or XML, and the form of the answer", async () => {
    const body = "<configuration-set>set system host-name second</configuration-set>";
    const load = await http.ask("/rpc/load-configuration@action=set,format=text", {
      method: "POST",
      body,
      headers: xml,
    });
    expect(load).toMatchObject({
      status: 200,
      text: "<load-configuration-results>\n<ok/>\n</load-configuration-results>\n",
    });
    const commit = await http.ask("/rpc/commit-configuration", {
      method: "POST",
      headers: { accept: "application/json" },
    });
    expect(commit).toMatchObject({ status: 200, type: "application/json" });
    expect(http.gateway.hostName).toBe("second");
  });
});
