// The printed form, character by character, of one configuration that holds every way of printing; and of parts of it.

import { describe, expect, test } from "vitest";
import { loadConfiguration } from "./load.ts";
import { printTree } from "./print.ts";
import { quoteWord } from "./quote.ts";
import { subtree } from "./subtree.ts";
import { printSetLines } from "./set-lines.ts";
import { emptyTree } from "./tree.ts";

const golden = `system {
    host-name fw1;
}
security {
    address-book {
        global {
            address app-1 10.0.2.10/32;
            inactive: address db 10.0.3.0/24;
            address desk {
                description "the front desk";
                10.0.9.0/24;
            }
            address web {
                /* moved last week */
                10.0.1.0/24;
            }
            address range {
                range-address 10.0.4.1 {
                    to {
                        10.0.4.9;
                    }
                }
            }
            address site {
                dns-name www.example.com;
            }
            address-set apps {
                address app-1;
            }
        }
        /* only here */
        inactive: branch {
            attach {
                zone web;
            }
        }
    }
    policies {
        from-zone web to-zone app {
            /* ordered by the web team,
               see the ticket */
            policy p1 {
                match {
                    source-address any;
                    destination-address [ app-1 apps ];
                    application junos-https;
                }
                then {
                    permit;
                    log {
                        session-init;
                        session-close;
                    }
                    count;
                }
            }
            protect: inactive: policy p2;
        }
        default-policy {
            deny-all;
        }
    }
    zones {
        security-zone web {
            tcp-rst;
            interfaces {
                ge-0/0/0.0 {
                    host-inbound-traffic {
                        system-services {
                            all;
                            ssh {
                                except;
                            }
                        }
                    }
                }
                eth1;
            }
        }
        security-zone app;
    }
}
interfaces {
    eth1 {
        unit 0 {
            family inet;
            inactive: family inet6 {
                address 2001:db8::1/64;
            }
        }
    }
    ge-0/0/0 {
        description "to \\"the\\" web";
        disable;
        unit 0 {
            family inet {
                address 10.0.0.1/24;
            }
        }
    }
}
routing-options {
    static {
        route 0.0.0.0/0 next-hop [ 10.0.0.2 10.0.0.3 ];
        route 10.9.0.0/16 {
            discard;
            preference 7;
        }
    }
}
applications {
    application one protocol icmp;
    application two {
        term a protocol tcp source-port 1024-65535 destination-port 80;
        term b {
            inactive: protocol udp;
        }
    }
    application three {
        protocol tcp;
        destination-port 8080;
    }
}
`;

const { tree, diagnostics } = loadConfiguration(emptyTree, golden, { action: "override", source: "golden" });

describe("print", () => {
  test("the whole configuration", () => {
    expect(diagnostics).toEqual([]);
    expect(printTree(tree)).toBe(golden);
  });

  test("the same from its set lines", () => {
    const lines = printSetLines(tree).join("\n");
    expect(printTree(loadConfiguration(emptyTree, lines, { action: "set", source: "lines" }).tree)).toBe(golden);
  });

  test("nothing", () => {
    expect(printTree(emptyTree)).toBe("");
    expect(printSetLines(emptyTree)).toEqual([]);
  });

  test.each<[at: string, text: string]>([
    ["system", "host-name fw1;\n"],
    ["system host-name", "host-name fw1;\n"],
    ["security zones security-zone app", ""],
    ["security policies default-policy", "deny-all;\n"],
    ["security policies from-zone web to-zone app policy p1 match application", "application junos-https;\n"],
    ["interfaces eth1 unit 0 family inet6", "address 2001:db8::1/64;\n"],
    ["interfaces eth1 unit 0", "family inet;\ninactive: family inet6 {\n    address 2001:db8::1/64;\n}\n"],
    ["security address-book branch", "attach {\n    zone web;\n}\n"],
    [
      "security zones security-zone web interfaces",
      "ge-0/0/0.0 {\n    host-inbound-traffic {\n        system-services {\n            all;\n            ssh {\n                except;\n            }\n        }\n    }\n}\neth1;\n",
    ],
    ["security zones security-zone none", ""],
    ["no such words", ""],
  ])("at %s", (at, text) => {
    expect(printTree(tree, { at: at.split(" ") })).toBe(text);
  });

  test.each<[text: string]>([
    [
      "security {\n    ike {\n        gateway hq {\n            local-identity hostname fw.example.net;\n        }\n    }\n}\n",
    ],
    [
      "security {\n    ike {\n        policy p {\n            pre-shared-key ascii-text x; ## SECRET-DATA\n        }\n    }\n}\n",
    ],
    ["system {\n    radius-server {\n        192.0.2.4 secret x; ## SECRET-DATA\n    }\n}\n"],
    [
      "snmp {\n    v3 {\n        usm {\n            local-engine {\n                user u {\n                    authentication-sha {\n                        authentication-password xxxxxxxx; ## SECRET-DATA\n                    }\n                }\n            }\n        }\n    }\n}\n",
    ],
    [
      "services {\n    web-filter {\n        profile p {\n            dns-filter {\n                hash-key {\n                    hexadecimal ab; ## SECRET-DATA\n                }\n            }\n        }\n    }\n}\n",
    ],
    [
      "security {\n    nat {\n        source {\n            pool p {\n                address {\n                    192.0.2.1/32 to 192.0.2.9/32;\n                }\n            }\n        }\n    }\n}\n",
    ],
    [
      "security {\n    nat {\n        source {\n            pool p {\n                address {\n                    192.0.2.1/32 {\n                        /* last */\n                        to {\n                            192.0.2.9/32;\n                        }\n                    }\n                }\n            }\n        }\n    }\n}\n",
    ],
  ])("lines of the original: %s", (text) => {
    const loaded = loadConfiguration(emptyTree, text, { action: "override", source: "t" });
    expect(loaded.diagnostics).toEqual([]);
    expect(printTree(loaded.tree)).toBe(text);
  });

  test("a subtree keeps the way to it", () => {
    const part = subtree(tree, ["security", "policies", "default-policy"]);
    expect(printTree(part ?? emptyTree)).toBe(
      "security {\n    policies {\n        default-policy {\n            deny-all;\n        }\n    }\n}\n",
    );
    expect(printSetLines(subtree(tree, ["interfaces", "eth1"]) ?? emptyTree)).toEqual([
      "set interfaces eth1 unit 0 family inet",
      "set interfaces eth1 unit 0 family inet6 address 2001:db8::1/64",
      "deactivate interfaces eth1 unit 0 family inet6",
    ]);
    expect(subtree(tree, [])).toBe(tree);
    expect(subtree(tree, ["security", "zones", "security-zone", "none"])).toBeUndefined();
    expect(subtree(tree, ["system", "host-name"])?.children.size).toBe(1);
  });
});

describe("quotes", () => {
  test.each<[value: string, printed: string]>([
    ["plain", "plain"],
    ["ge-0/0/1.0", "ge-0/0/1.0"],
    ["2001:db8::1/64", "2001:db8::1/64"],
    ["<*>", "<*>"],
    ["a@b", "a@b"],
    ["two words", '"two words"'],
    ["", '""'],
    ['say "x"', String.raw`"say \"x\""`],
    [String.raw`a\b`, String.raw`"a\b"`],
    [String.raw`a\\b`, String.raw`"a\\\b"`],
    ["end\\", String.raw`"end\\"`],
    [String.raw`\"`, String.raw`"\\\""`],
    ["semi;colon", '"semi;colon"'],
    ["[x]", '"[x]"'],
    ["#x", '"#x"'],
    ["/*x", '"/*x"'],
    ["inactive:", '"inactive:"'],
    ["$9$secret", '"$9$secret"'],
    ["é", '"é"'],
  ])("%s", (value, printed) => {
    expect(quoteWord(value)).toBe(printed);
  });
});
