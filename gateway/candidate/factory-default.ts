// `load factory-default`: what a gateway is before anybody has configured it. No zone has an interface and no policy
// exists, so nothing transits: the safest thing that can be loaded by mistake.

export const factoryDefault = `system {
    host-name merlon;
}
security {
    policies {
        default-policy {
            deny-all;
        }
    }
}
`;
