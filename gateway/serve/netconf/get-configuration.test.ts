// Reading configurations in the ways of the RFC and of the original.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NetconfClient } from "@merlon/netconf/client.ts";
import { printElement } from "@merlon/netconf/print-element.ts";
import type { ParsedElement } from "@merlon/netconf/parse-xml.ts";
import { loadForm } from "@merlon/junos/form.ts";
import { printSetLines } from "@merlon/junos/set-lines.ts";
import type { XmlElement } from "@merlon/netconf/element.ts";
import { errorsOf, NetconfCase } from "./testing/netconf-peer.ts";

let at: NetconfCase;
let client: NetconfClient;

beforeAll(async () => {
  at = await NetconfCase.open();
  client = await at.client();
  await client.loadSet(
    ["set system host-name gw", "set groups all system domain-name example.net", "set apply-groups all", ""].join("\n"),
  );
  await client.commit();
  await client.loadSet("set system host-name next\n");
});
afterAll(async () => {
  await client.close();
  await at[Symbol.asyncDispose]();
});

/** Without blanks between elements and without name spaces. */
function compact({ name, text, children }: ParsedElement): XmlElement {
  return { name, content: children.length > 0 ? children.map(compact) : text.trim() };
}

async function answer(request: string): Promise<string> {
  const reply = await client.rpc(request);
  return reply.children.length === 0
    ? reply.text
    : reply.children.map((child) => printElement(compact(child)).replaceAll("\n", "")).join("");
}

const filter = (inside: string): string => `<filter type="subtree"><configuration>${inside}</configuration></filter>`;
const hostName = (name: string): string =>
  `<configuration><system><host-name>${name}</host-name></system></configuration>`;

describe("get-config", () => {
  const getConfig = (source: string, rest = ""): string =>
    `<get-config><source><${source}/></source>${rest}</get-config>`;

  test.each([
    ["running", getConfig("running", filter("<system/>")), `<data>${hostName("gw")}</data>`],
    ["candidate", getConfig("candidate", filter("<system/>")), `<data>${hostName("next")}</data>`],
    ["nothing found", getConfig("running", filter("<snmp/>")), "<data/>"],
    ["an empty filter", getConfig("running", "<filter/>"), "<data/>"],
    ["a filter for something else", getConfig("running", "<filter><state/></filter>"), "<data/>"],
    ["get", `<get>${filter("<system><host-name/></system>")}</get>`, `<data>${hostName("gw")}</data>`],
  ])("%s", async (_, request, data) => {
    expect(await answer(request)).toBe(data);
  });

  test("everything, with and without a filter", async () => {
    const whole = await answer(getConfig("running"));
    expect(whole).toContain("<groups><name>all</name>");
    expect(await answer(getConfig("running", filter("")))).toBe(whole);
    expect(await answer("<get/>")).toBe(whole);
  });

  test.each([
    [getConfig("startup"), /^operation-not-supported .* \| startup$/],
    [getConfig("other"), /^bad-element .* \| other$/],
    ["<get-config/>", /^missing-element .* \| source$/],
    [getConfig("running", '<filter type="xpath" select="/x"/>'), /^bad-attribute .* \| filter$/],
  ])("%s is refused", async (request, error) => {
    expect((await errorsOf(client.rpc(request)))[0]).toMatch(error);
  });
});

describe("get-configuration", () => {
  const lines = async (request: string): Promise<readonly string[]> => {
    const reply = await client.rpc(request);
    const [element] = reply.children;
    const text = element?.name === "configuration" ? printElement(compact(element)) : (element ?? reply).text;
    const { tree, diagnostics } = loadForm(text.trim(), { source: "reply" });
    expect(diagnostics).toEqual([]);
    return printSetLines(tree);
  };

  test("every form says the same", async () => {
    const xml = await lines("<get-configuration/>");
    expect(xml).toContain("set system host-name next");
    for (const form of ["xml", "text", "set", "json"])
      expect(await lines(`<get-configuration format="${form}"/>`)).toEqual(xml);
  });

  test("candidate, committed, and what is selected", async () => {
    const part = "<configuration><system/></configuration>";
    for (const form of ["xml", "text", "set", "json"]) {
      expect(await lines(`<get-configuration format="${form}">${part}</get-configuration>`)).toEqual([
        "set system host-name next",
      ]);
      expect(
        await lines(`<get-configuration database="committed" format="${form}">${part}</get-configuration>`),
      ).toEqual(["set system host-name gw"]);
    }
  });

  test("with groups carried out", async () => {
    const part = "<configuration><system/></configuration>";
    expect(await lines(`<get-configuration inherit="inherit" format="set">${part}</get-configuration>`)).toEqual([
      "set system host-name next",
      "set system domain-name example.net",
    ]);
  });

  test.each([
    ['compare="rollback" rollback="0"', "[edit system]\n-  host-name gw;\n+  host-name next;\n"],
    ['compare="rollback" rollback="0" format="text" database="committed"', ""],
    ['compare="rollback"', "[edit system]\n-  host-name gw;\n+  host-name next;\n"],
  ])("%s", async (attributes, patch) => {
    const reply = await client.rpc(`<get-configuration ${attributes}/>`);
    expect(reply.children[0]?.name).toBe("configuration-information");
    expect(reply.children[0]?.children[0]?.text).toBe(`\n${patch}`);
  });

  test("compared with an earlier commit", async () => {
    const reply = await client.rpc('<get-configuration compare="rollback" rollback="1"/>');
    expect(reply.children[0]?.children[0]?.text).toMatch(/\+ system \{\n\+ +host-name next;/);
  });

  test.each([
    [
      'database="ephemeral"',
      /^bad-attribute \| database="ephemeral" is not understood; it is one of active, candidate, committed/,
    ],
    ['format="yaml"', /^bad-attribute/],
    ['compare="rollback" rollback="50"', /^bad-attribute/],
    ['compare="rollback" rollback="30"', /^operation-failed \| there is no rollback 30/],
    ['compare="other"', /^bad-attribute/],
  ])("%s is refused", async (attributes, error) => {
    expect((await errorsOf(client.rpc(`<get-configuration ${attributes}/>`)))[0]).toMatch(error);
  });
});

describe("get-rollback-information", () => {
  const get = (inside: string): string => `<get-rollback-information>${inside}</get-rollback-information>`;

  test("an earlier configuration, in every form", async () => {
    expect(await answer(get("<rollback>0</rollback><format>xml</format>"))).toContain("<host-name>gw</host-name>");
    expect(await answer(get("<rollback>1</rollback>"))).toMatch(
      /^<rollback-information><configuration-information><configuration-text>security \{/,
    );
    expect(await answer(get("<rollback>1</rollback><format>set</format>"))).not.toContain("host-name");
  });

  test("what leads to it", async () => {
    expect(await answer(get("<rollback>0</rollback><compare>1</compare>"))).toMatch(
      /<configuration-output>\[edit\].*\+ +host-name gw;/,
    );
  });

  test("the rescue configuration, when one was saved", async () => {
    const rescue = (inside = ""): string => `<get-rescue-information>${inside}</get-rescue-information>`;
    expect((await errorsOf(client.rpc(rescue())))[0]).toMatch(/^operation-failed \| there is no rescue configuration/);
    await client.rpc("<request-save-rescue-configuration/>");
    expect(await answer(rescue("<format>text</format>"))).toMatch(
      /^<rescue-information><configuration-information><configuration-output>.*host-name gw;/s,
    );
    expect(await answer(rescue("<format>xml</format>"))).toContain("<host-name>gw</host-name>");
    expect((await errorsOf(client.rpc(rescue("<format>yaml</format>"))))[0]).toMatch(/^invalid-value .* \| format$/);
  });

  test.each([
    [get("<rollback>x</rollback>"), /^invalid-value .* \| rollback$/],
    [get("<compare>50</compare>"), /^invalid-value .* \| compare$/],
    [get("<format>yaml</format>"), /^invalid-value .* \| format$/],
    [get("<rollback>9</rollback>"), /^operation-failed \| there is no rollback 9/],
  ])("%s is refused", async (request, error) => {
    expect((await errorsOf(client.rpc(request)))[0]).toMatch(error);
  });
});
