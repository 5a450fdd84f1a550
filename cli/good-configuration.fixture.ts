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
