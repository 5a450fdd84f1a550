// `show | compare` by row. The forms with a note were seen on devices; names are ours.

import { describe, expect, test } from "vitest";
import { compareTrees } from "./compare.ts";
import { loadConfiguration } from "./load.ts";
import { emptyTree } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

function tree(text: string, base: ConfigNode = emptyTree): ConfigNode {
  const { tree: loaded, diagnostics } = loadConfiguration(base, text, { action: "set", source: "test" });
  expect(diagnostics).toEqual([]);
  return loaded;
}

const ab = "security policies from-zone a to-zone b";
const policies = (...names: string[]): string => names.map((name) => `set ${ab} policy ${name} then permit`).join("\n");

describe("comparisons", () => {
  test.each<[name: string, before: string, lines: string, expected: string]>([
    ["nothing", "set system host-name a", "set system host-name a", ""],
    [
      "a leaf (seen)",
      "set system host-name a",
      "set system host-name b",
      `
[edit system]
-  host-name a;
+  host-name b;
`,
    ],
    [
      "a leaf on the level of a unit (seen)",
      "set interfaces ge-0/0/1 unit 0",
      "set interfaces ge-0/0/1 unit 0 description x",
      `
[edit interfaces ge-0/0/1 unit 0]
+    description x;
`,
    ],
    [
      "the first address (seen)",
      "set interfaces ge-0/0/1 unit 0 family inet",
      "set interfaces ge-0/0/1 unit 0 family inet address 10.0.0.1/31",
      `
[edit interfaces ge-0/0/1 unit 0 family inet]
+       address 10.0.0.1/31;
`,
    ],
    [
      "one more address, with its neighbour (seen)",
      "set interfaces ge-0/0/1 unit 0 family inet address 10.0.0.1/24",
      "set interfaces ge-0/0/1 unit 0 family inet address 10.0.1.1/24",
      `
[edit interfaces ge-0/0/1 unit 0 family inet]
        address 10.0.0.1/24 { ... }
+       address 10.0.1.1/24;
`,
    ],
    [
      "a replaced address (seen)",
      "set interfaces ge-0/0/0 unit 0 family inet address 10.0.12.1/24",
      "rename interfaces ge-0/0/0 unit 0 family inet address 10.0.12.1/24 to address 10.0.50.1/24",
      `
[edit interfaces ge-0/0/0 unit 0 family inet]
+       address 10.0.50.1/24;
-       address 10.0.12.1/24;
`,
    ],
    [
      "a new interface among others, sorted, without neighbours (seen)",
      "set interfaces ge-0/0/0",
      "set interfaces ge-0/0/12 unit 0 family inet address 198.18.11.1/24",
      `
[edit interfaces]
+   ge-0/0/12 {
+       unit 0 {
+           family inet {
+               address 198.18.11.1/24;
+           }
+       }
+   }
`,
    ],
    [
      "a new hierarchy at the top (seen)",
      "set system host-name a",
      "set routing-options static route 0.0.0.0/0 next-hop 10.0.0.1",
      `
[edit]
+  routing-options {
+      static {
+          route 0.0.0.0/0 next-hop 10.0.0.1;
+      }
+  }
`,
    ],
    [
      "a new zone (seen)",
      "set security zones security-zone a",
      "set security zones security-zone b interfaces ge-0/0/1.400",
      `
[edit security zones]
     security-zone a { ... }
+    security-zone b {
+        interfaces {
+            ge-0/0/1.400;
+        }
+    }
`,
    ],
    [
      "an address at the end of a book (seen)",
      "set security address-book global address a 10.0.0.1/32",
      "set security address-book global address b 10.0.0.2/32",
      `
[edit security address-book global]
     address a { ... }
+    address b 10.0.0.2/32;
`,
    ],
    [
      "an address at the start of a book (seen)",
      "set security address-book global address b 10.0.0.2/32",
      "set security address-book global address a 10.0.0.1/32\ninsert security address-book global address a before address b\nset security address-book global address-set s address a",
      `
[edit security address-book global]
+    address a 10.0.0.1/32;
     address b { ... }
[edit security address-book global]
+    address-set s {
+        address a;
+    }
`,
    ],
    [
      "a policy at the end (seen)",
      policies("p1"),
      policies("p2"),
      `
[edit ${ab}]
      policy p1 { ... }
+     policy p2 {
+         then {
+             permit;
+         }
+     }
`,
    ],
    [
      "a policy in the middle",
      policies("p1", "p3"),
      `${policies("p2")}\ninsert ${ab} policy p2 before policy p3`,
      `
[edit ${ab}]
      policy p1 { ... }
+     policy p2 {
+         then {
+             permit;
+         }
+     }
      policy p3 { ... }
`,
    ],
    [
      "an interface of a zone (seen)",
      "set security zones security-zone v interfaces reth0.1",
      "set security zones security-zone v interfaces reth0.2",
      `
[edit security zones security-zone v interfaces]
      reth0.1 { ... }
+     reth0.2;
`,
    ],
    [
      "a moved policy (seen)",
      policies("d", "p1", "p2"),
      `insert ${ab} policy d after policy p2`,
      `
[edit ${ab}]
!     policy p1 { ... }
!     policy p2 { ... }
`,
    ],
    [
      "a deleted policy",
      policies("p1", "p2", "p3"),
      `delete ${ab} policy p2`,
      `
[edit ${ab}]
-     policy p2 {
-         then {
-             permit;
-         }
-     }
`,
    ],
    [
      "a deactivated policy",
      policies("p1"),
      `deactivate ${ab} policy p1`,
      `
[edit ${ab}]
!     inactive: policy p1 { ... }
`,
    ],
    [
      "an activated policy (seen)",
      `${policies("p1")}\ndeactivate ${ab} policy p1`,
      `activate ${ab} policy p1`,
      `
[edit ${ab}]
!     active: policy p1 { ... }
`,
    ],
    [
      "a deactivated leaf",
      "set system host-name a",
      "deactivate system host-name",
      `
[edit system]
-  host-name a;
+  inactive: host-name a;
`,
    ],
    [
      "a protected level",
      "set system host-name a",
      "protect system",
      `
[edit]
!  protect: system { ... }
`,
    ],
    [
      "a new annotation (seen)",
      "set interfaces xe-0/0/7",
      'annotate interfaces xe-0/0/7 "Turn up port"',
      `
[edit interfaces]
+   /* Turn up port */
    xe-0/0/7 { ... }
`,
    ],
    [
      "another annotation of a leaf",
      'set system host-name a\nannotate system host-name "x"',
      'annotate system host-name "y"',
      `
[edit system]
-  /* x */
+  /* y */
   host-name a;
`,
    ],
    [
      "values of a list",
      `set ${ab} policy p match source-address x`,
      `set ${ab} policy p match source-address y`,
      `
[edit ${ab} policy p match]
-      source-address x;
+      source-address [ x y ];
`,
    ],
    [
      "an action",
      policies("p"),
      `set ${ab} policy p then deny\nset ${ab} policy p then log session-init`,
      `
[edit ${ab} policy p then]
-       permit;
+       deny;
+       log {
+           session-init;
+       }
`,
    ],
    [
      "a second family",
      "set interfaces eth1 unit 0 family inet",
      "set interfaces eth1 unit 0 family inet6 mtu 1400",
      `
[edit interfaces eth1 unit 0]
+      family inet6 {
+          mtu 1400;
+      }
`,
    ],
    [
      "everything new",
      "",
      "set system host-name a",
      `
[edit]
+  system {
+      host-name a;
+  }
`,
    ],
    [
      "two levels and back",
      "set security zones security-zone a tcp-rst\nset system host-name x",
      "delete security zones security-zone a tcp-rst\nset security zones security-zone a host-inbound-traffic system-services ping\nset system host-name y",
      `
[edit system]
-  host-name x;
+  host-name y;
[edit security zones security-zone a]
-    tcp-rst;
+    host-inbound-traffic {
+        system-services {
+            ping;
+        }
+    }
`,
    ],
  ])("%s", (_, before, lines, expected) => {
    const old = before === "" ? emptyTree : tree(before);
    expect(compareTrees(old, tree(lines, old))).toBe(expected.replace(/^\n/, ""));
  });

  test("the other direction swaps the signs", () => {
    const old = tree("set system host-name a");
    const fresh = tree("set security zones security-zone b tcp-rst", old);
    const swap: Record<string, string> = { "+": "-", "-": "+" };
    const swapped = compareTrees(old, fresh).replaceAll(/^[+-]/gm, (sign) => swap[sign] ?? sign);
    expect(compareTrees(fresh, old)).toBe(swapped);
  });
});
