// Every command over a table of command lines, with a world made of texts: what it prints, what it refuses, and how it ends.

import { describe, expect, test } from "vitest";
import { Refusal } from "./command.ts";
import type { World } from "./command.ts";
import { flow, good, sql } from "./good-configuration.fixture.ts";
import { printDiagnostics } from "./print-diagnostics.ts";
import { runCommandLine } from "./run-command-line.ts";

const everything = "source-address any; destination-address any; application any;";

const files: Readonly<Record<string, string>> = {
  "good.conf": good,
  "wrong.conf": "system { host-nam fw1; }\n",
  "refused.conf": "security { address-book { b { attach { zone none; } } } }\n",
  "binary.conf": "system {\u0000}\n",
  "empty.conf": "",
  "cluster.conf": `
    groups {
        node0 { system { host-name fw-0; } }
        node1 { system { host-name fw-1; } }
        night { when { time 22:00 to 06:00; } system { services { ssh; } } }
    }
    apply-groups [ "\${node}" night ];
    system { time-zone Asia/Tokyo; }`,
  "login.conf": good.replace("permit;", "permit { firewall-authentication { pass-through; } }"),
  "users.conf": good
    .replace(
      "policy sql {",
      `policy users { match { ${everything} source-identity alice; } then { permit; } } policy sql {`,
    )
    .concat("snmp { location here; }"),
  "inet6.conf": good.replace("security {", "security { forwarding-options { family { inet6 { mode drop; } } }"),
  "timed.conf": good
    .replace("security {", "schedulers { scheduler work { daily { start-time 08:00 stop-time 17:00; } } }\nsecurity {")
    .replace("policy sql {", "policy sql { scheduler-name work;"),
  "late.conf": `${good}
    groups { night { when { time 22:00 to 06:00; } security { policies { global { policy p {
        match { source-address any; destination-address any; application none; }
        then { deny; }
    } } } } } }
    apply-groups night;`,
  "host.xml": "<configuration><system><host-name>fw1</host-name></system></configuration>",
  "host.json": '{ "configuration": { "system": { "host-name": "fw1" } } }',
  "wrong.xml": "<configuration><system></configuration>",
  "wrong.json": '{ "configuration": {\n  "system": [ 1, }',
};

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(words: readonly string[], input = "", writesMax = Infinity): Promise<Result> {
  let [out, err, writes] = ["", "", 0];
  const read = (name: string): string => {
    const text = name === "-" ? input : files[name];
    if (text === undefined) throw new Refusal(`${name}: there is no such file`);
    return text;
  };
  const world: World = {
    read: async (name) => read(name),
    readLines: async function* (name) {
      yield* read(name).split("\n");
    },
    runMain: async (main, given) => {
      out += `${main}: ${given.join(" ")}\n`;
      return 0;
    },
    // A Sunday.
    nowMs: () => Date.UTC(2026, 10, 22, 9, 30),
    write: async (text) => {
      out += text;
      writes += 1;
      return writes < writesMax;
    },
    report: (diagnostics, { json }) => (err += printDiagnostics(diagnostics, json ? "json" : "plain")),
    complain: (text) => (err += text),
  };
  return { code: await runCommandLine(words, world), out, err };
}

test("a gateway for trying things is a program of the lab", async () => {
  const words = ["lab", "gateway", "--config", "a.conf", "--netconf-port", "0", "--quiet"];
  expect((await run(words)).out).toBe("lab/main.ts: gateway --config a.conf --netconf-port 0 --quiet\n");
  expect((await run(["lab", "gateway", "a.conf"])).code).toBe(2);
});

test("the shell is a program of the gateway", async () => {
  const { code, out } = await run(["cli", "--socket", "s.sock", "show version", "| count"]);
  expect({ code, out }).toEqual({ code: 0, out: "gateway/main.mjs: cli --socket s.sock -- show version | count\n" });
  expect((await run(["cli"])).out).toBe("gateway/main.mjs: cli --\n");
});

describe("what it prints", () => {
  test.each<[words: string, code: number, out: RegExp | string]>([
    ["--version", 0, /^merlon \d+\.\d+\.\d+\n$/],
    ["--help", 0, /^Merlon: [\s\S]*config convert[\s\S]*compile/],
    ["help", 0, /^Merlon: /],
    ["help config", 0, /^Merlon: /],
    [
      "help config convert",
      0,
      /^Print a configuration in another form\n\nusage: merlon config convert --to FORM FILE\n/,
    ],
    ["config diff --help", 0, /--exit-code +exit with 1/],
    ["match -h", 0, /--destination-port PORT/],
    ["config convert --to set host.xml", 0, "set system host-name fw1\n"],
    ["config convert --to text host.json", 0, "system {\n    host-name fw1;\n}\n"],
    [
      "config convert --to xml host.json",
      0,
      /^<configuration [\s\S]*<host-name>fw1<\/host-name>[\s\S]*<\/configuration>\n$/,
    ],
    ["config convert --to json host.xml", 0, /"host-name": "fw1"/],
    ["config convert --to=text empty.conf", 0, ""],
    ["config convert --to xml -", 0, /<configuration/],
    ["config convert --to set --keep-unknown wrong.conf", 0, "set system host-nam fw1\n"],
    ["config check good.conf", 0, "configuration check succeeds\n"],
    ["config check --json good.conf", 0, '{"ok":true}\n'],
    ["config check wrong.conf", 1, "configuration check fails\n"],
    ["config check --json refused.conf", 1, '{"ok":false}\n'],
    ["config show good.conf system", 0, "host-name fw1;\n"],
    ["config show --to set good.conf security zones", 0, /^set security zones security-zone web interfaces eth1/],
    ["config show host.xml", 0, "system {\n    host-name fw1;\n}\n"],
    ["config diff host.xml host.json", 0, ""],
    ["config diff --exit-code host.xml host.json", 0, ""],
    ["config diff host.xml empty.conf", 0, "[edit]\n-  system {\n-      host-name fw1;\n-  }\n"],
    ["config diff --exit-code host.xml empty.conf", 1, /^\[edit\]/],
    ["config diff --set empty.conf host.xml", 0, "set system host-name fw1\n"],
    ["compile good.conf", 0, /^table inet merlon \{\n[\s\S]*policy_g1[\s\S]*\}\n$/],
    ["compile --generation 7 good.conf", 0, /policy_g7/],
    [
      `match good.conf ${sql} --destination-port 5432`,
      0,
      "permitted by policy sql from-zone web to-zone db\n  at good.conf:6:13\n",
    ],
    [`match good.conf ${sql} --destination-port 22`, 0, /^denied by default-policy/],
    [
      `match good.conf ${sql} --destination-port 5432 --json`,
      0,
      /^\{"action":"permit","fromZone":"web".*"place":"good.conf:6:13"\}\n$/,
    ],
    [`match good.conf ${sql} --destination-port 22 --expect deny`, 0, /^denied/],
    [`match good.conf ${sql} --destination-port 22 --expect permit`, 1, /^denied/],
    [`match good.conf ${sql.replace("tcp", "icmp")}`, 0, /icmp\/8/],
    [
      `match login.conf ${sql} --destination-port 5432`,
      0,
      "denied by policy sql from-zone web to-zone db: firewall-authentication is not carried out yet\n  at login.conf:6:13\n",
    ],
    [
      `match users.conf ${sql} --destination-port 5432`,
      0,
      "permitted by policy sql from-zone web to-zone db\n  at users.conf:6:142\n" +
        "  passed over: policy users: source-identity is not known yet\n    at users.conf:6:13\n",
    ],
    [
      `match users.conf ${sql} --destination-port 5432 --json`,
      0,
      /"passedOver":\[\{"policy":"users","scope":"zone-pair","because":"source-identity is not known yet","place":"users.conf:6:13"\}\]\}\n$/,
    ],
    [
      "match inet6.conf --from-zone web --to-zone db --source fd00::1 --destination fd00::2 --protocol gre",
      0,
      "denied by security forwarding-options family inet6 mode drop, whatever the policies from-zone web to-zone db say\n",
    ],
    [
      `match timed.conf --at 07:59 ${sql} --destination-port 5432`,
      0,
      /\n {2}passed over: policy sql: it is not the time of scheduler work\n/,
    ],
    // It is 09:30 UTC, and 18:30 in Tokyo.
    [`match timed.conf ${sql} --destination-port 5432`, 0, /^permitted by policy sql/],
    [`match timed.conf --at 07:59 ${sql} --destination-port 5432`, 0, /^denied by default-policy/],
    [`match timed.conf --at 2026-12-24T08:00:00 ${sql} --destination-port 5432`, 0, /^permitted/],
    [`match timed.conf --at 2026-12-24T08:00+09:00 ${sql} --destination-port 5432`, 0, /^denied/],
    [`match timed.conf --at 2026-12-24T16:59Z ${sql} --destination-port 5432`, 0, /^permitted/],
    ["compile timed.conf", 0, /policy sql/],
    ["compile --at 18:00 timed.conf", 0, /^(?![\s\S]*policy sql)table/],
    ["config show --inheritance cluster.conf", 0, "system {\n    time-zone Asia/Tokyo;\n}\n"],
    [
      "config show --inheritance --node node1 cluster.conf system",
      0,
      "##\n## 'fw-1' was inherited from group 'node1'\n##\nhost-name fw-1;\ntime-zone Asia/Tokyo;\n",
    ],
    [
      "config show --inheritance --to set --node node0 --at 05:00 cluster.conf",
      0,
      "set system host-name fw-0\nset system services ssh\nset system time-zone Asia/Tokyo\n",
    ],
    ["config show --to set --inheritance --at 2026-11-22T13:00Z --node node0 cluster.conf", 0, /services ssh/],
    ["config check --node node0 cluster.conf", 0, "configuration check succeeds\n"],
  ])("merlon %s", async (words, code, out) => {
    const result = await run(words.split(" "));
    if (code === 0) expect(result.err).not.toContain("error: ");
    expect(result.code).toBe(code);
    if (typeof out === "string") expect(result.out).toBe(out);
    else expect(result.out).toMatch(out);
  });
});

describe("what it refuses", () => {
  test.each<[words: string, code: 1 | 2, err: RegExp]>([
    ["", 2, /^error: a command is missing\nusage: merlon COMMAND/],
    ["nothing", 2, /^error: there is no command "nothing"; there are config, match, compile, cli, lab, help\n/],
    ["compil x", 2, /did you mean "compile"\?/],
    ["config", 2, /^error: "config" needs one of convert, check, diff, show\n/],
    ["config chek x", 2, /^error: there is no command "config chek"; did you mean "check"\?/],
    ["help nothing", 2, /^error: there is no command "nothing"/],
    [
      "config check",
      2,
      /^error: something is missing: the command takes FILE\nusage: merlon config check FILE\nTry `merlon help config check`/,
    ],
    ["config check a b", 2, /^error: "b" is too much/],
    ["config check --jsn a", 2, /^error: there is no option --jsn; did you mean "--json"\?/],
    ["config check --json --json a", 2, /^error: --json is given twice/],
    ["config convert good.conf", 2, /^error: --to is missing; write one of text, set, xml, json/],
    ["config convert --to yaml good.conf", 2, /^error: --to takes one of text, set, xml, json, not "yaml"/],
    ["config convert good.conf --to", 2, /^error: /],
    ["config show --to yaml good.conf", 2, /^error: --to takes/],
    ["config diff - -", 2, /^error: standard input can be one of the files/],
    ["compile --generation 0 good.conf", 2, /^error: --generation: "0" is not a number from 1/],
    ["match good.conf", 2, /^error: --from-zone is missing/],
    [`match good.conf ${sql}`, 2, /^error: tcp needs --destination-port/],
    [`match good.conf ${sql} --destination-port x`, 2, /^error: --destination-port: "x" is not a number/],
    [`match good.conf ${sql} --destination-port 1 --icmp-type 8`, 2, /^error: --icmp-type has no meaning for tcp/],
    [`match good.conf ${sql.replace("10.0.1.5", "::1")} --destination-port 1`, 2, /not of one family/],
    [
      `match good.conf ${sql} --destination-port 1 --expect maybe`,
      2,
      /^error: --expect takes one of permit, deny, reject/,
    ],
    ["match good.conf --at noon", 2, /^error: --from-zone is missing/],
    [
      `match good.conf --at noon ${sql} --destination-port 1`,
      2,
      /^error: --at takes a time such as 14:30, .* not "noon"/,
    ],
    ["compile --at 2026-02-30T10:00 good.conf", 2, /^error: --at takes a time/],
    ["compile --at 24:00 good.conf", 2, /^error: --at takes a time/],
    ["compile --at 10:00Z good.conf", 2, /^error: --at takes a time/],
    ["config check --node node2 good.conf", 2, /^error: --node takes node0 or node1, not "node2"/],
    [
      "config show --at 10:00 good.conf",
      2,
      /^error: --at and --node say what is inherited: they go with --inheritance/,
    ],
    [
      "match good.conf --from-zone wev --to-zone db --source 10.0.1.5 --destination 10.0.2.9 --protocol tcp --destination-port 1",
      2,
      /^error: there is no zone "wev"; there are web, db, junos-host/,
    ],
    ["match good.conf --batch x --protocol tcp", 2, /^error: --protocol does not go with --batch/],
    ["match - --batch -", 2, /^error: standard input can be/],
    ["config check none.conf", 1, /^error: none.conf: there is no such file\n$/],
    ["config convert --to set binary.conf", 1, /^binary.conf:1:9: error: a character that does not belong in a text/],
    [
      "config convert --to set wrong.conf",
      1,
      /^wrong.conf:1:10: error: unknown statement "host-nam"[\s\S]*did you mean "host-name"\?/,
    ],
    ["config convert --to set wrong.xml", 1, /^wrong.xml:1:24: error: <\/configuration> closes nothing here/],
    ["config convert --to set wrong.json", 1, /^wrong.json:2:18: error: a value is missing/],
    ["config check refused.conf", 1, /^refused.conf:1:\d+: error: there is no security-zone "none"/],
    ["compile refused.conf", 1, /there is no security-zone "none"/],
    [`match refused.conf ${sql} --destination-port 1`, 1, /there is no security-zone "none"/],
    ["compile late.conf", 1, /when it is the time of group "night": policy p names the unknown application none/],
    ["compile --at 23:00 late.conf", 1, /error: policy p names the unknown application none/],
    [
      "config show good.conf securty",
      1,
      /^error: nothing stands at \[edit securty\]: unknown statement "securty"; did you mean "security"\?\n$/,
    ],
    ["config show good.conf security nat", 1, /^error: nothing stands at \[edit security nat\]\n$/],
    ["config diff good.conf wrong.conf", 1, /^wrong.conf:1:10: error/],
  ])("merlon %s", async (words, code, err) => {
    const result = await run(words.split(" ").filter((word) => word !== ""));
    expect(result.err).toMatch(err);
    expect(result.code).toBe(code);
    expect(result.out).toBe(
      words.startsWith("config check") && code === 1 && result.err.includes(": error: ")
        ? "configuration check fails\n"
        : "",
    );
  });

  test("warnings about a configuration that is asked about are counted, and all are there beside an error", async () => {
    const words = `match users.conf ${sql} --destination-port 5432`.split(" ");
    const { err } = await run(words);
    expect(err).toMatch(
      /^warning: a commit of users.conf would say 3 warnings\n.*merlon config check users.conf prints them\n$/,
    );
    const all = await run(["config", "check", "users.conf"]);
    expect(all.err.match(/warning: /g)).toHaveLength(3);
    expect(JSON.parse((await run([...words, "--json"])).err)).toMatchObject({ code: "match.warnings" });
  });

  test("groups of a cluster on no node are named", async () => {
    const { err, code } = await run(["config", "check", "cluster.conf"]);
    expect(code).toBe(0);
    expect(err).toContain('cluster.conf:7:5: warning: apply-groups "${node}" means no group');
    expect(err).toContain("--node node0 or --node node1");
  });

  test("diagnostics as JSON, one per line", async () => {
    const { err, code } = await run(["config", "convert", "--to", "set", "--json", "wrong.conf"]);
    expect(code).toBe(1);
    const lines = err
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toEqual([expect.objectContaining({ code: "schema.unknown-statement", severity: "error" })]);
  });
});

describe("a batch of flows", () => {
  const batch = async (input: string): Promise<{ code: number | null; answers: Record<string, unknown>[] }> => {
    const { code, out, err } = await run(["match", "good.conf", "--batch", "-"], input);
    expect(err).toBe("");
    return {
      code,
      answers: out
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    };
  };

  test("each line is answered by one line, in order", async () => {
    const { code, answers } = await batch(
      `${flow()}\n\n${flow({ id: "b", destinationPort: "22" })}\r\n${flow({ id: 3 })}`,
    );
    expect(code).toBe(0);
    expect(answers).toMatchObject([
      { line: 1, action: "permit", policy: "sql", scope: "zone-pair", place: "good.conf:6:13" },
      { line: 3, id: "b", action: "deny", policy: "default-policy" },
      { line: 4, id: 3, action: "permit" },
    ]);
  });

  test("a wrong line is answered by its error, and the rest goes on", async () => {
    const wrong = [
      "x",
      "[]",
      flow({ colour: 1 }),
      flow({ fromzone: "x" }),
      flow({ protocol: "tpc" }),
      flow({ source: ["a"] }),
      flow({ expect: "x" }),
    ];
    const { code, answers } = await batch([...wrong, flow()].join("\n"));
    expect(code).toBe(1);
    expect(answers.map(({ line, error, action }) => [line, error ?? action])).toEqual([
      [1, expect.stringContaining("the line is no JSON: ")],
      [2, "the line is no JSON object"],
      [3, expect.stringContaining('there is no member "colour"; there are fromZone')],
      [4, 'there is no member "fromzone"; did you mean "fromZone"?'],
      [5, expect.stringContaining('protocol: "tpc" is not')],
      [6, "source is neither a text nor a number"],
      [7, "expect is not one of permit, deny, reject"],
      [8, "permit"],
    ]);
  });

  test("expectations make it a test", async () => {
    const met = await batch(`${flow({ expect: "permit" })}\n${flow({ expect: "deny", destinationPort: 1 })}\n`);
    expect(met.code).toBe(0);
    const missed = await batch(`${flow({ expect: "permit" })}\n${flow({ expect: "reject", destinationPort: 1 })}\n`);
    expect(missed.code).toBe(1);
    expect(missed.answers[1]).toMatchObject({ action: "deny", expected: "reject", asExpected: false });
  });

  test("nothing is answered by nothing", async () => {
    expect(await batch("")).toEqual({ code: 0, answers: [] });
  });
});
