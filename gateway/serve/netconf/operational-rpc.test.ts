// Operational commands as requests: by the names of their RPCs and as typed lines, in three formats, and what a user of a
// login class may ask for, see and change.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NetconfClient } from "@merlon/netconf/client.ts";
import { childOf, textOf } from "@merlon/netconf/parse-xml.ts";
import type { ParsedElement } from "@merlon/netconf/parse-xml.ts";
import { accessOf } from "../../access/access.ts";
import type { AuditRecord } from "../../log/audit-record.ts";
import { operations } from "../../ops/operations.ts";
import { editConfig, errorsOf, linesOf, NetconfCase } from "./testing/netconf-peer.ts";

let at: NetconfCase;
let client: NetconfClient;

beforeAll(async () => {
  at = await NetconfCase.open();
  client = await at.client();
});
afterAll(async () => {
  await client.close();
  await at[Symbol.asyncDispose]();
});

async function only(request: string, by = client): Promise<ParsedElement> {
  const { children, text } = await by.rpc(request);
  const [element] = children;
  return element ?? { name: "", attributes: {}, text, children: [] };
}

describe("by name", () => {
  test("the reply tree, the text of the shell, and JSON", async () => {
    expect(textOf(await only("<get-software-information/>"), "host-name")).toBe("merlon");
    const { name, text } = await only('<get-software-information format="text"/>');
    expect([name, text]).toEqual(["output", expect.stringMatching(/^\nHostname: merlon\n/)]);
    const json = JSON.parse((await only('<get-software-information format="json"/>')).text) as object;
    expect(json).toMatchObject({ "software-information": [{ "host-name": [{ data: "merlon" }] }] });
  });

  test("every operation that is an RPC and needs no argument answers a well-formed reply or one sentence", async () => {
    const names = new Set(
      operations
        .filter(
          ({ rpcName, words, parameters }) =>
            rpcName !== undefined && words[0] === "show" && !parameters.some(({ required }) => required),
        )
        .map(({ rpcName }) => rpcName ?? ""),
    );
    expect(names.size).toBeGreaterThan(3);
    for (const name of names) {
      const errors = await errorsOf(client.rpc(`<${name}/>`));
      expect(
        errors.filter((error) => /failed to answer/.test(error)),
        name,
      ).toEqual([]);
    }
  });

  test.each([
    ["<get-nothing/>", "operation-failed | syntax error | get-nothing"],
    ["<get-software-information><other/></get-software-information>", /^bad-element .* \| other$/],
    ["<get-software-information><a><b/></a></get-software-information>", /^bad-element .* \| a$/],
    ['<get-software-information format="yaml"/>', /^bad-attribute/],
    ["<constructor/>", "operation-failed | syntax error | constructor"],
  ])("%s is refused", async (request, error) => {
    const [first] = await errorsOf(client.rpc(request));
    if (typeof error === "string") expect(first).toBe(error);
    else expect(first).toMatch(error);
  });
});

describe("as a typed line", () => {
  const command = (line: string, attributes = ""): string => `<command${attributes}>${line}</command>`;

  test("answers as its request does, or as text", async () => {
    expect((await only(command("show version"))).name).toBe("software-information");
    expect((await only(command("sh ver"))).name).toBe("software-information");
    expect((await only(command("sh conf sec"))).name).toBe("configuration");
    expect((await only(command("show version | match Hostname"))).text).toBe("\nHostname: merlon\n");
    expect((await only(command("show version", ' format="text"'))).text).toMatch(/^\nHostname/);
    expect((await only(command("show version", ' format="json"'))).text).toContain('"software-information"');
    expect((await only(command("show version | display json"))).text).toContain('"software-information"');
    expect((await only(command("show version | display xml", ' format="text"'))).name).toBe("software-information");
  });

  test("as the request that it is", async () => {
    const [rpc] = (await client.rpc(command("show security zones web detail| display xml rpc"))).children;
    expect([rpc?.name, rpc?.children[0]?.name]).toEqual(["rpc", "get-zones-information"]);
    expect(rpc?.children[0]?.children.map(({ name, text }) => [name, text])).toEqual([
      ["get-zones-named-information", "web"],
      ["detail", ""],
    ]);
  });

  test("on all routing engines, of which there is one", async () => {
    const results = await only(command("show version invoke-on all-routing-engines"));
    const item = childOf(results, "multi-routing-engine-item");
    expect(results.name).toBe("multi-routing-engine-results");
    expect(item?.children.map(({ name }) => name)).toEqual(["re-name", "software-information"]);
  });

  test("of a configuration", async () => {
    const zones = await only(command("show configuration security zones"));
    expect([zones.name, zones.children[0]?.children[0]?.name]).toEqual(["configuration", "zones"]);
    const output = async (line: string, attributes = ""): Promise<string | undefined> =>
      (await only(command(line, attributes))).children[0]?.text;
    expect(await output("show configuration interfaces eth1 | display set")).toBe(
      "\nset interfaces eth1 unit 0 family inet address 10.1.0.1/24\n",
    );
    expect(await output("show configuration interfaces eth1", ' format="text"')).toMatch(/^\nunit 0 \{\n/);
    expect(JSON.parse((await only(command("show configuration interfaces | display json"))).text)).toHaveProperty(
      "configuration",
    );
    expect((await only(command("show configuration snmp"))).children).toEqual([]);
  });

  test.each([
    ["set system host-name x", /^operation-failed/],
    ["commit", /^operation-failed/],
    ["configure", /^operation-failed/],
    ["rollback 1", /^operation-failed/],
    ["show nonsense", /^operation-failed \| syntax error: "nonsense" is not expected here .*\| nonsense$/],
    ["show configuration nonsense", /unknown statement|nonsense/],
    ["", /^missing-element/],
  ])("%j is refused: it is no operational command", async (line, error) => {
    const before = await linesOf(client);
    expect((await errorsOf(client.rpc(command(line))))[0]).toMatch(error);
    expect(await linesOf(client)).toEqual(before);
  });
});

describe("a user of a login class", () => {
  const lines = [
    "set system login class zones permissions view",
    "set system login class zones permissions configure",
    "set system login class zones permissions security",
    "set system login class zones permissions security-control",
    "set system login class zones deny-commands version",
    "set system login user ana class zones",
    "set system login user bo class read-only",
    "set system login user cy class unauthorized",
    'set system login user ana authentication encrypted-password "$6$salt$hash"',
    "",
  ].join("\n");

  beforeAll(async () => {
    await client.loadSet(lines);
    await client.commit();
  });

  const as = (user: string): Promise<NetconfClient> => {
    const configuration = at.gateway.running?.prepared.configuration;
    const access = configuration === undefined ? undefined : accessOf(configuration, user);
    if (access === undefined) throw new Error(`there is no user ${user}`);
    return at.client({ user, access });
  };
  const zone = editConfig("<security><zones><security-zone><name>dmz</name></security-zone></zones></security>");
  const hostName = editConfig("<system><host-name>x</host-name></system>");

  test("changes what it opens, and nothing else", async () => {
    const ana = await as("ana");
    await ana.rpc(zone);
    expect(await errorsOf(ana.rpc(hostName))).toEqual([
      "access-denied | permission denied | [edit system host-name] | host-name",
    ]);
    expect(await errorsOf(ana.loadSet("delete interfaces eth1\n"))).toEqual([
      expect.stringMatching(/^access-denied \| permission denied \| \[edit interfaces/),
    ]);
    await ana.discard();
    expect(await linesOf(client)).not.toContain("set system host-name x");
    await ana.close();
  });

  test("sees what it opens, in every form, and no secrets", async () => {
    const ana = await as("ana");
    const line = await ana.command("show configuration | display set");
    for (const text of [
      line,
      await ana.getConfiguration("text"),
      await ana.getConfiguration("set"),
      await ana.getConfiguration("json"),
    ]) {
      expect(text).toContain("security-zone");
      expect(text).not.toMatch(/10\.1\.0\.1|\$6\$/);
    }
    expect((await only("<command>show configuration</command>", ana)).children.map(({ name }) => name)).toEqual([
      "security",
    ]);
    expect(
      (await only("<get-config><source><running/></source></get-config>", ana)).children[0]?.children.map(
        ({ name }) => name,
      ),
    ).toEqual(["security"]);
    await ana.close();
  });

  test.each<readonly [string, string, readonly string[]]>([
    ["ana", "<get-software-information/>", ["access-denied | permission denied | show version"]],
    ["ana", '<command format="text">show version</command>', [expect.stringMatching(/permission denied/) as string]],
    ["ana", "<command>show version</command>", ["access-denied | permission denied | show version"]],
    [
      "ana",
      "<kill-session><session-id>1</session-id></kill-session>",
      ["access-denied | permission denied | request system logout"],
    ],
    ["bo", hostName, ["access-denied | permission denied | configure"]],
    ["bo", "<commit/>", ["access-denied | permission denied | commit"]],
    ["bo", "<commit-configuration/>", ["access-denied | permission denied | commit"]],
    ["bo", '<load-configuration rollback="1"/>', ["access-denied | permission denied | load"]],
    ["bo", "<lock-configuration/>", ["access-denied | permission denied | configure"]],
    ["bo", "<open-configuration><private/></open-configuration>", ["access-denied | permission denied | configure"]],
    ["bo", "<discard-changes/>", ["access-denied | permission denied | configure"]],
    ["ana", '<load-configuration rollback="1"/>', ["access-denied | permission denied | rollback 1"]],
    [
      "cy",
      "<get-config><source><running/></source></get-config>",
      ["access-denied | permission denied | show configuration"],
    ],
    ["cy", "<get-configuration/>", ["access-denied | permission denied | show configuration"]],
  ])("%s: %s is denied", async (user, request, errors) => {
    const by = await as(user);
    expect(await errorsOf(by.rpc(request))).toEqual(errors);
    await by.close();
  });

  test("what is asked is written down with its user, without secrets", async () => {
    const records: AuditRecord[] = [];
    using _ = at.gateway.logins.audit.listen((record) => records.push(record));
    const ana = await as("ana");
    await ana.loadSet("set security zones security-zone web description secret-of-ana\n");
    await ana.discard();
    await ana.command("show security zones");
    await only("<command>show security policies</command>", ana);
    await ana.close();
    const said = records
      .map(({ fields }) => Object.fromEntries(fields))
      .map(({ username, command }) => `${username}: ${command}`);
    expect(said).toEqual([
      "ana: load-configuration action set format text configuration-set",
      "ana: discard-changes",
      "ana: show security zones",
      "ana: show security policies",
      "ana: close-session",
    ]);
  });
});
