// A small configuration that every check accepts, for the tests of the command.

export const good = `system { host-name fw1; }
security {
    address-book { global { address db-1 10.0.2.9/32; } }
    policies {
        from-zone web to-zone db {
            policy sql {
                match {
                    source-address any;
                    destination-address db-1;
                    application junos-postgres;
                }
                then {
                    permit;
                }
            }
        }
        default-policy {
            deny-all;
        }
    }
    zones {
        security-zone web { interfaces { eth1; } }
        security-zone db { interfaces { eth2; } }
    }
}
`
  .replace("junos-postgres", "pg")
  .concat("applications { application pg { protocol tcp; destination-port 5432; } }\n");

/** A session that `good` permits, as a line of a batch, and as options of `match`. */
export const flow = (more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    fromZone: "web",
    toZone: "db",
    source: "10.0.1.5",
    destination: "10.0.2.9",
    protocol: "tcp",
    destinationPort: 5432,
    ...more,
  });

export const sql = "--from-zone web --to-zone db --source 10.0.1.5 --destination 10.0.2.9 --protocol tcp";
