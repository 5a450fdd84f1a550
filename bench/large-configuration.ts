// A configuration as large as wanted, for measurements: policies spread over all pairs of five zones.

const zones = ["web", "app", "data", "finance", "internet"];

/** A configuration with that many policies, each with two addresses of the global book. */
export function generateConfiguration(policyCount: number): string {
  const lines: string[] = ["security {", "    address-book {", "        global {"];
  for (let n = 0; n < policyCount; n++) {
    lines.push(`            address host-${n} 10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}/32;`);
  }
  lines.push("        }", "    }", "    policies {");
  const pairs = zones.flatMap((from) => zones.filter((to) => to !== from).map((to) => [from, to] as const));
  for (const [at, [from, to]] of pairs.entries()) {
    lines.push(`        from-zone ${from} to-zone ${to} {`);
    for (let n = at; n < policyCount; n += pairs.length) {
      lines.push(
        `            policy allow-${n} {`,
        "                match {",
        `                    source-address [ host-${n} host-${(n * 7) % policyCount} ];`,
        `                    destination-address host-${(n * 13) % policyCount};`,
        "                    application [ junos-https junos-ssh ];",
        "                }",
        "                then {",
        "                    permit;",
        "                    log {",
        "                        session-close;",
        "                    }",
        "                }",
        "            }",
      );
    }
    lines.push("        }");
  }
  lines.push("    }", "    zones {");
  for (const [at, zone] of zones.entries())
    lines.push(
      `        security-zone ${zone} {`,
      "            interfaces {",
      `                eth${at};`,
      "            }",
      "        }",
    );
  lines.push("    }", "}");
  return `${lines.join("\n")}\n`;
}
