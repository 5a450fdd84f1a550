// `display inheritance`: the whole text of small configurations.

import { expect, test } from "vitest";
import { inherit } from "./inherit.ts";
import { loadConfiguration } from "./load.ts";
import { printInheritance } from "./print-inheritance.ts";
import { emptyTree } from "./tree.ts";

function shown(lines: string, at?: readonly string[]): string {
  const { tree } = loadConfiguration(emptyTree, lines, { action: "set", source: "test" });
  return printInheritance(inherit(tree).tree, at === undefined ? {} : { at });
}

test("entries by their key, leaves by their value, others by their word", () => {
  const lines = `
set groups basic snmp contact "Operators"
set groups basic snmp community read authorization read-only
set apply-groups basic
set snmp location west
`;
  expect(shown(lines, ["snmp"])).toBe(`location west;
##
## 'Operators' was inherited from group 'basic'
##
contact Operators;
##
## 'read' was inherited from group 'basic'
##
community read {
    ##
    ## 'read-only' was inherited from group 'basic'
    ##
    authorization read-only;
}
`);
});

test("values of a list that is partly its own, addresses on one line, words that stand before others", () => {
  const lines = `
set groups g security policies global policy <*> match source-address [ b c ]
set groups g security address-book global address h 10.0.0.1/32
set groups g interfaces <*> unit 0 family inet
set apply-groups g
set security policies global policy p match source-address a
set interfaces ge-0/0/0
`;
  expect(shown(lines)).toBe(`security {
    address-book {
        ##
        ## 'global' was inherited from group 'g'
        ##
        global {
            ##
            ## 'h' was inherited from group 'g'
            ##
            ##
            ## '10.0.0.1/32' was inherited from group 'g'
            ##
            address h 10.0.0.1/32;
        }
    }
    policies {
        global {
            policy p {
                match {
                    ##
                    ## 'b' was inherited from group 'g'
                    ## 'c' was inherited from group 'g'
                    ##
                    source-address [ a b c ];
                }
            }
        }
    }
}
interfaces {
    ge-0/0/0 {
        ##
        ## '0' was inherited from group 'g'
        ##
        unit 0 {
            ##
            ## 'inet' was inherited from group 'g'
            ##
            family inet;
        }
    }
}
`);
});

test("ranges and paths", () => {
  const lines = `
set interfaces interface-range lan member ge-0/0/1
set interfaces interface-range lan mtu 1400
set interfaces ge-0/0/1 unit 0 family inet address 10.0.0.1/24
set policy-options prefix-list own apply-path "interfaces <*> unit <*> family inet address <*>"
`;
  expect(shown(lines)).toBe(`interfaces {
    ge-0/0/1 {
        ##
        ## '1400' was expanded from interface-range 'lan'
        ##
        mtu 1400;
        unit 0 {
            family inet {
                address 10.0.0.1/24;
            }
        }
    }
}
policy-options {
    prefix-list own {
        ##
        ## '10.0.0.0/24' was expanded from apply-path 'interfaces <*> unit <*> family inet address <*>'
        ##
        10.0.0.0/24;
        apply-path "interfaces <*> unit <*> family inet address <*>";
    }
}
`);
});

test("the remarks are comments: the text loads as the expanded tree", () => {
  const text = shown("set groups g system host-name x\nset apply-groups g");
  const { tree, diagnostics } = loadConfiguration(emptyTree, text, { action: "override", source: "test" });
  expect(diagnostics).toEqual([]);
  expect(printInheritance(tree)).toBe("system {\n    host-name x;\n}\n");
});
