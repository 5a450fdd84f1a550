// XML as devices print it and as people break it: what is read, and the exact error for what is not.

import { describe, expect, test } from "vitest";
import { elementDepthMax } from "./element.ts";
import { forms, loadForm, printForm } from "./form.ts";
import { loadConfiguration } from "./load.ts";
import { printTree } from "./print.ts";
import { readXml } from "./read-xml.ts";
import { emptyTree } from "./tree.ts";
import { printXml } from "./xml-form.ts";

const source = "a.xml";

function textOf(xml: string): string {
  const { tree, diagnostics } = readXml(xml, { source });
  expect(diagnostics).toEqual([]);
  return printTree(tree);
}

/** `1:5 code message` for each diagnostic. */
function errorsOf(xml: string): string[] {
  const { diagnostics } = readXml(xml, { source });
  return diagnostics.map(({ code, span, message }) => `${span?.line}:${span?.column} ${code} ${message}`);
}

const answer = `<?xml version="1.0" encoding="utf-8"?>
<rpc-reply xmlns:junos="http://xml.juniper.net/junos/24.4R1/junos">
    <configuration junos:changed-seconds="1700000000" junos:changed-localtime="2026-11-22 06:30:00 UTC">
        <junos:comment>/* the edge */</junos:comment>
        <system>
            <host-name>edge</host-name>
        </system>
        <security>
            <policies>
                <policy>
                    <from-zone-name>trust</from-zone-name>
                    <to-zone-name>untrust</to-zone-name>
                    <policy inactive="inactive">
                        <name>out</name>
                        <match>
                            <source-address>any</source-address>
                            <destination-address>a</destination-address>
                            <destination-address>b</destination-address>
                            <application>any</application>
                        </match>
                        <then>
                            <permit>
                            </permit>
                            <log>
                                <session-close/>
                            </log>
                        </then>
                    </policy>
                </policy>
                <default-policy>
                    <deny-all/>
                </default-policy>
            </policies>
        </security>
        <interfaces>
            <interface protect="protect">
                <name>ge-0/0/0</name>
                <description><![CDATA[to <the> rack]]></description>
                <unit>
                    <name>0</name>
                    <family><inet><address><name>192.0.2.1/24</name></address></inet></family>
                </unit>
            </interface>
        </interfaces>
    </configuration>
    <cli>
        <banner>{primary:node0}</banner>
    </cli>
</rpc-reply>
`.replace("<![CDATA[to <the> rack]]>", "<![CDATA[to the]]> rack");

describe("what is read", () => {
  test("the answer of a device", () => {
    expect(textOf(answer)).toBe(`/* the edge */
system {
    host-name edge;
}
security {
    policies {
        from-zone trust to-zone untrust {
            inactive: policy out {
                match {
                    source-address any;
                    destination-address [ a b ];
                    application any;
                }
                then {
                    permit;
                    log {
                        session-close;
                    }
                }
            }
        }
        default-policy {
            deny-all;
        }
    }
}
interfaces {
    protect: ge-0/0/0 {
        description "to the rack";
        unit 0 {
            family inet {
                address 192.0.2.1/24;
            }
        }
    }
}
`);
  });

  const host = (inside: string): string => `<configuration><system>${inside}</system></configuration>`;
  test.each<[what: string, xml: string, text: string]>([
    ["an empty configuration", "<configuration/>", ""],
    ["blanks and comments around", "\n<!-- a --> <configuration>\n</configuration> <!-- b -->\n", ""],
    ["an empty text of a container", "<configuration><system>\n</system></configuration>", ""],
    ["a name space", '<configuration xmlns="http://yang.juniper.net/junos-es/conf/root"/>', ""],
    ["a prefix", "<nc:data><c:configuration><c:system/></c:configuration></nc:data>", ""],
    ["references", host("<host-name>&#102;w&#x31;</host-name>"), "system {\n    host-name fw1;\n}\n"],
    ["an indented value", host("<host-name>\n  fw1\n  </host-name>"), "system {\n    host-name fw1;\n}\n"],
    ["CRLF", host("\r\n<host-name>fw1</host-name>\r\n"), "system {\n    host-name fw1;\n}\n"],
    ["a comment inside a value", host("<host-name>f<!-- x -->w</host-name>"), "system {\n    host-name fw;\n}\n"],
    ["a mark that is off", host('<host-name inactive="false">fw1</host-name>'), "system {\n    host-name fw1;\n}\n"],
    [
      "annotations with and without marks",
      host("<junos:comment>one</junos:comment><junos:comment># two</junos:comment><host-name>fw1</host-name>"),
      "system {\n    /* one\ntwo */\n    host-name fw1;\n}\n",
    ],
    [
      "an annotation before nothing",
      host("<host-name>fw1</host-name><junos:comment>/* x */</junos:comment>"),
      "system {\n    host-name fw1;\n}\n",
    ],
    [
      "marks of a container",
      '<configuration><interfaces inactive="inactive"><interface><name>eth2</name></interface><interface><name>eth1</name></interface></interfaces></configuration>',
      "inactive: interfaces {\n    eth1;\n    eth2;\n}\n",
    ],
    [
      "a key behind other elements",
      "<configuration><interfaces><interface><mtu>1500</mtu><name>eth1</name></interface></interfaces></configuration>",
      "interfaces {\n    eth1 {\n        mtu 1500;\n    }\n}\n",
    ],
    [
      "a container that stands twice",
      "<configuration><system/><interfaces><interface><name>b</name></interface></interfaces><interfaces><interface><name>a</name></interface></interfaces></configuration>",
      "interfaces {\n    a;\n    b;\n}\n",
    ],
  ])("%s", (_, xml, text) => {
    expect(textOf(xml)).toBe(text);
  });

  test("merged into a base, and refused where the base is protected", () => {
    const { tree: base } = loadConfiguration(emptyTree, "system { host-name a; } interfaces { protect: eth0; }", {
      action: "override",
      source,
    });
    const merged = readXml(
      "<configuration><interfaces><interface><name>eth1</name></interface></interfaces></configuration>",
      {
        source,
        base,
      },
    );
    expect(merged.diagnostics).toEqual([]);
    expect(printTree(merged.tree)).toBe(
      "system {\n    host-name a;\n}\ninterfaces {\n    protect: eth0;\n    eth1;\n}\n",
    );
    const refused = readXml(
      "<configuration><interfaces><interface><name>eth0</name><mtu>1500</mtu></interface></interfaces></configuration>",
      { source, base },
    );
    expect(refused.diagnostics.map(({ code }) => code)).toEqual(["edit.protected"]);
    expect(readXml("<configuration>", { source, base }).tree.children.size).toBe(2);
  });
});

describe("what is not well formed", () => {
  test.each<[xml: string, error: string]>([
    ["", "1:1 load.no-configuration the document holds no <configuration>"],
    ["<system/>", "1:1 load.no-configuration the document holds no <configuration>"],
    ["configuration", "1:1 syntax.xml a text stands outside of the element of the document"],
    ["<configuration>", "1:1 syntax.xml the element <configuration> is not closed"],
    ["<configuration>\n  <system>\n</configuration>", "3:1 syntax.xml </configuration> closes nothing here"],
    ["<configuration/>\n</configuration>", "2:1 syntax.xml </configuration> closes nothing here"],
    ["<configuration/><configuration/>", "1:17 syntax.xml a second element stands at the top"],
    ["<configuration/> x", "1:17 syntax.xml a text stands outside of the element of the document"],
    ["<configuration", "1:1 syntax.xml the tag <configuration is not closed"],
    ["<configuration <", "1:16 syntax.xml an attribute or > in the tag <configuration is missing"],
    ["<configuration a>", "1:1 syntax.xml the attribute a has no value"],
    ["<configuration a=b>", "1:16 syntax.xml the value of the attribute a is not between quotes"],
    ['<configuration a="b>', "1:16 syntax.xml the value of the attribute a is not between quotes"],
    ['<configuration a="1" a="2"/>', "1:22 syntax.xml the attribute a stands twice in this tag"],
    ['<configuration a="1"b="2"/>', "1:1 syntax.xml the tag <configuration is not closed"],
    ["<configuration/", "1:1 syntax.xml a / stands here without a >"],
    ["< configuration/>", "1:2 syntax.xml a name after < is missing"],
    ["<configuration></>", "1:18 syntax.xml a name after </ is missing"],
    ["<configuration></configuration", "1:16 syntax.xml the end tag is not closed"],
    ["<configuration><!-- x", "1:16 syntax.xml the comment that starts here is not closed"],
    ["<configuration><![CDATA[ x", "1:16 syntax.xml the CDATA section that starts here is not closed"],
    ["<!DOCTYPE x [<!ENTITY a 'b'>]><configuration/>", "1:1 syntax.xml a document type is not understood"],
    ["<configuration><?php x ?></configuration>", "1:16 syntax.xml a processing instruction is not understood"],
    [" <?xml version='1.0'?><configuration/>", "1:2 syntax.xml a processing instruction is not understood"],
    ["<configuration>&nbsp;</configuration>", '1:16 syntax.xml the reference "&" means no character'],
    ["<configuration>a & b</configuration>", '1:16 syntax.xml the reference "&" means no character'],
    ["<configuration>&#0;</configuration>", '1:16 syntax.xml the reference "&#0;" means no character'],
    ["<configuration>&#xd800;</configuration>", '1:16 syntax.xml the reference "&#xd800;" means no character'],
    [
      "<configuration>\n\u0000</configuration>",
      "2:1 syntax.binary a character that does not belong in a text stands here",
    ],
    ["<configuration><system/> x</configuration>", "1:1 syntax.xml <configuration> holds elements and a text"],
    ["<configuration>x <system/></configuration>", "1:1 syntax.xml <configuration> holds elements and a text"],
  ])("%s", (xml, error) => {
    expect(errorsOf(xml)).toEqual([error]);
    expect(readXml(xml, { source }).tree.children.size).toBe(0);
  });

  test("too deep", () => {
    const deep = `<configuration>${"<a>".repeat(100_000)}`;
    expect(errorsOf(deep)).toEqual([
      `1:${16 + 3 * (elementDepthMax - 1)} syntax.xml elements are nested more than ${elementDepthMax} deep`,
    ]);
  });

  test("too many attributes", () => {
    const many = Array.from({ length: 1000 }, (_, at) => `a${at}="1"`).join(" ");
    expect(errorsOf(`<configuration ${many}/>`)).toEqual(["1:1 syntax.xml a tag has more than 64 attributes"]);
  });
});

describe("what makes no sense", () => {
  const inside = (xml: string): string => `<configuration>\n${xml}\n</configuration>`;
  test.each<[xml: string, ...errors: string[]]>([
    ["<sistem/>", '2:1 schema.unknown-statement unknown statement "sistem"'],
    ["<system>x</system>", '2:1 schema.unexpected-word "system" takes no value'],
    ["<system><host-name/></system>", '2:9 schema.wrong-value "" is not a host name'],
    ["<system><host-name><a/></host-name></system>", '2:9 schema.no-block "host-name" holds a value and no statements'],
    [
      "<system><host-name>a</host-name>\n<host-name>b</host-name></system>",
      '3:1 schema.repeated "host-name" stands twice here',
    ],
    ["<interfaces>x</interfaces>", '2:1 schema.unexpected-word "interfaces" takes no value'],
    ["<interfaces><name>eth0</name></interfaces>", '2:13 schema.unknown-statement unknown statement "name"'],
    ["<interfaces><interface/></interfaces>", '2:13 schema.missing-key "interface" needs a "name"'],
    [
      "<interfaces><interface><name>a</name><name>b</name></interface></interfaces>",
      '2:38 schema.repeated "name" stands twice here',
    ],
    [
      "<interfaces><interface><name><x/></name></interface></interfaces>",
      '2:24 schema.no-block "name" holds a value and no statements',
    ],
    [
      "<interfaces><interface><name>a b</name></interface></interfaces>",
      '2:24 schema.wrong-value "a b" is not an interface name (eth1, ens3f0, ge-0/0/1)',
    ],
    [
      "<interfaces><interface><name>a</name><disable>yes</disable></interface></interfaces>",
      '2:38 schema.unexpected-word "disable" takes no value',
    ],
    [
      "<interfaces><interface><name>a</name><disable><x/></disable></interface></interfaces>",
      '2:38 schema.no-block "disable" holds no statements',
    ],
    [
      "<interfaces><interface><name>a</name><disable/><disable/></interface></interfaces>",
      '2:48 schema.repeated "disable" stands twice here',
    ],
    [
      "<security><policies><from-zone><name>a</name></from-zone></policies></security>",
      '2:21 schema.unknown-statement unknown statement "from-zone"',
    ],
    [
      "<security><policies><policy><from-zone-name>a</from-zone-name></policy></policies></security>",
      '2:21 schema.missing-key "policy" needs a "to-zone-name"',
    ],
    [
      '<security><policies><global><policy><name>p</name><match><application>a</application><application inactive="inactive">b</application></match></policy></global></policies></security>',
      '2:86 edit.whole-statement "application" is marked in one of its values',
    ],
    [
      '<system delete="delete"/>',
      "2:9 load.unknown-attribute this asks for a change, and the document is a whole configuration",
    ],
    ["<junos:comment>a */ b</junos:comment><system/>", '2:1 edit.bad-annotation an annotation cannot hold "*/"'],
    [
      "<b/><c/>",
      '2:1 schema.unknown-statement unknown statement "b"',
      '2:5 schema.unknown-statement unknown statement "c"',
    ],
  ])("%s", (xml, ...errors) => {
    expect(errorsOf(inside(xml))).toEqual(errors);
  });

  test("what is good beside it is kept, and the path is told", () => {
    const { tree, diagnostics } = readXml(
      inside(
        "<system><host-name>a</host-name></system><security><zones><security-zone><name>z</name><x/></security-zone></zones></security>",
      ),
      { source },
    );
    expect(printTree(tree)).toContain("host-name a;");
    expect(diagnostics[0]).toMatchObject({ path: ["security", "zones", "security-zone", "z"], span: { source } });
  });

  test("no more than 100 errors", () => {
    const { diagnostics } = readXml(inside("<x/>".repeat(1000)), { source });
    expect(diagnostics.length).toBeLessThanOrEqual(101);
  });

  test("a value that is too long", () => {
    expect(errorsOf(inside(`<system><host-name>${"x".repeat(70_000)}</host-name></system>`))).toEqual([
      "2:9 syntax.too-long a value of 70000 characters is too long",
    ]);
  });
});

describe("statements that no schema knows", () => {
  const xml = `<configuration><system><host-name>a</host-name><colour>red</colour><box><name>b 1</name><lid/><size inactive="inactive">3</size></box></system></configuration>`;

  test("are refused, each at its place", () => {
    expect(errorsOf(xml)).toEqual([
      '1:48 schema.unknown-statement unknown statement "colour"',
      '1:68 schema.unknown-statement unknown statement "box"',
    ]);
  });

  test("are kept by choice, with one warning, and stay through every form", () => {
    const { tree, diagnostics } = readXml(xml, { source, keepUnknown: true });
    expect(diagnostics.map(({ severity, code }) => `${severity} ${code}`)).toEqual(["warning load.kept-unknown"]);
    const text = `system {
    host-name a;
    colour red;
    box "b 1" {
        lid;
        inactive: size 3;
    }
}
`;
    expect(printTree(tree)).toBe(text);
    for (const form of forms) {
      const again = loadForm(printForm(tree, form), { source, keepUnknown: true });
      expect(
        again.diagnostics.map(({ code }) => code),
        form,
      ).toEqual(["load.kept-unknown"]);
      // A set line holds the words of a block and its statement alike.
      if (form === "set") expect(printForm(again.tree, form)).toBe(printForm(tree, form));
      else expect(printTree(again.tree), form).toBe(text);
      expect(loadForm(printForm(tree, form), { source }).diagnostics[0], form).toMatchObject({
        code: "schema.unknown-statement",
      });
    }
  });
});

describe("what is printed", () => {
  test("nothing", () => {
    expect(printXml(emptyTree)).toBe('<configuration xmlns:junos="http://xml.juniper.net/junos/24.4R1/junos"/>\n');
  });

  test("reading the answer of a device and printing it gives the same elements", () => {
    const { tree } = readXml(answer, { source });
    const lines = printXml(tree)
      .split("\n")
      .map((line) => line.trim());
    const given = new Set(answer.split("\n").map((line) => line.trim()));
    const fresh = lines.filter((line) => !given.has(line));
    expect(fresh).toEqual([
      '<configuration xmlns:junos="http://xml.juniper.net/junos/24.4R1/junos">',
      "<permit/>",
      "<default-action>deny-all</default-action>",
      "<description>to the rack</description>",
      "<family>",
      "<inet>",
      "<address>",
      "<name>192.0.2.1/24</name>",
      "</address>",
      "</inet>",
      "</family>",
    ]);
  });

  test("marks of the language of XML", () => {
    const { tree } = loadConfiguration(emptyTree, "/* a < b & c > d ]]> */ system { host-name a; }", {
      action: "override",
      source,
    });
    expect(printXml(tree)).toContain("<junos:comment>/* a &lt; b &amp; c &gt; d ]]&gt; */</junos:comment>");
  });
});
