// `system services`: what the gateway answers to others itself. Nothing is served that does not stand here.

import { container, flag, leaf, leafList } from "./node.ts";
import { integer, ipAddress, name, oneOf } from "./value.ts";
import type { ValueType } from "./value.ts";

/** Words that explain themselves, with what they are before each. */
function known<const W extends string>(what: string, words: readonly W[]): ValueType<W> {
  const known = oneOf(Object.fromEntries(words.map((word) => [word, `${what} ${word}`])) as Record<W, string>);
  return { ...known, placeholder: "<word>" };
}

const limits = {
  "connection-limit": leaf("Connections at once", integer(1, 250), { defaultValue: 75 }),
  "rate-limit": leaf("New connections in a minute", integer(1, 250), { defaultValue: 150 }),
  "client-alive-count-max": leaf("Questions without an answer before a connection ends", integer(0, 255), {
    defaultValue: 3,
  }),
  "client-alive-interval": leaf("Seconds of silence before a client is asked (0: never)", integer(0, 65_535), {
    defaultValue: 0,
  }),
};

// Everything that the original knows. What our SSH cannot do, or nobody should, is accepted and left out.
const ciphers = [
  "3des-cbc", "aes128-cbc", "aes192-cbc", "aes256-cbc", "aes128-ctr", "aes192-ctr", "aes256-ctr",
  "aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "arcfour128", "arcfour256",
  "arcfour", "blowfish-cbc", "cast128-cbc",
] as const; // prettier-ignore

const macs = [
  "hmac-md5", "hmac-md5-etm@openssh.com", "hmac-sha1", "hmac-sha1-etm@openssh.com", "umac-64@openssh.com",
  "umac-128@openssh.com", "umac-64-etm@openssh.com", "umac-128-etm@openssh.com", "hmac-sha2-256",
  "hmac-sha2-256-etm@openssh.com", "hmac-sha2-512", "hmac-sha2-512-etm@openssh.com", "hmac-sha1-96",
  "hmac-sha1-96-etm@openssh.com", "hmac-md5-96", "hmac-md5-96-etm@openssh.com", "hmac-sha2-256-96",
  "hmac-sha2-512-96", "hmac-ripemd160", "hmac-ripemd160-etm@openssh.com",
] as const; // prettier-ignore

const keyExchanges = [
  "curve25519-sha256", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "group-exchange-sha2",
  "group-exchange-sha1", "dh-group14-sha1", "dh-group1-sha1",
] as const; // prettier-ignore

const ssh = container(
  "SSH: the shell, and NETCONF as a subsystem",
  {
    "root-login": leaf(
      "Whether root may log in (default: with a key alone)",
      oneOf({ allow: "With a password too", deny: "Never", "deny-password": "With a public key alone" }),
    ),
    "no-challenge-response": flag("Ask for no password by challenge and response"),
    "no-password-authentication": flag("Accept no password that is sent by itself"),
    "no-passwords": flag("Accept no password at all"),
    "no-public-keys": flag("Accept no public key"),
    "protocol-version": leafList("Version of the protocol", oneOf({ v2: "Version 2" })),
    "max-sessions-per-connection": leaf("Sessions in one connection", integer(1, 65_535), { defaultValue: 10 }),
    ciphers: leafList("Ciphers that are offered", known("Cipher", ciphers)),
    macs: leafList("Message authentication codes that are offered", known("Code", macs)),
    "key-exchange": leafList("Key exchanges that are offered", known("Method", keyExchanges)),
    "client-alive-count-max": limits["client-alive-count-max"],
    "client-alive-interval": limits["client-alive-interval"],
    "hostkey-algorithm-list": container(
      "Kinds of host keys that are offered",
      {
        rsa: flag("RSA"),
        "ecdsa-sha2-nistp256": flag("ECDSA with the curve of 256 bits"),
        "ecdsa-sha2-nistp384": flag("ECDSA with the curve of 384 bits", { notEnforced: "there is no such host key" }),
        "ecdsa-sha2-nistp521": flag("ECDSA with the curve of 521 bits", { notEnforced: "there is no such host key" }),
        ed25519: flag("Ed25519"),
      },
      { presence: true },
    ),
    port: leaf("TCP port", integer(1, 65_535), { defaultValue: 22 }),
    "connection-limit": limits["connection-limit"],
    "rate-limit": limits["rate-limit"],
  },
  { presence: true },
);

// As above: what is weak is accepted and left out.
const restCiphers = [
  "rsa-with-rc4-128-md5", "rsa-with-rc4-128-sha", "rsa-with-3des-ede-cbc-sha", "dhe-rsa-with-3des-ede-cbc-sha",
  "rsa-with-aes-128-cbc-sha", "dhe-rsa-with-aes-128-cbc-sha", "rsa-with-aes-256-cbc-sha", "dhe-rsa-with-aes-256-cbc-sha",
  "ecdhe-rsa-with-rc4-128-sha", "ecdhe-rsa-with-3des-ede-cbc-sha", "ecdhe-rsa-with-aes-128-cbc-sha",
  "ecdhe-rsa-with-aes-256-cbc-sha", "rsa-with-aes-128-cbc-sha256", "rsa-with-aes-256-cbc-sha256",
  "dhe-rsa-with-aes-128-cbc-sha256", "dhe-rsa-with-aes-256-cbc-sha256", "rsa-with-aes-128-gcm-sha256",
  "rsa-with-aes-256-gcm-sha384", "dhe-rsa-with-aes-128-gcm-sha256", "dhe-rsa-with-aes-256-gcm-sha384",
  "ecdhe-rsa-with-aes-128-cbc-sha256", "ecdhe-rsa-with-aes-256-cbc-sha384", "ecdhe-rsa-with-aes-128-gcm-sha256",
  "ecdhe-rsa-with-aes-256-gcm-sha384", "tls-aes-128-gcm-sha256", "tls-aes-256-gcm-sha384",
] as const; // prettier-ignore

const certificateName = name("<name>", /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/, 32, "the name of a certificate's file");

const rest = container("Programs over HTTP: requests of NETCONF, commands, metrics", {
  http: container(
    "HTTP, which hides nothing that is sent",
    {
      port: leaf("TCP port", integer(1024, 65_535), { defaultValue: 3000 }),
      addresses: leafList("Address of the gateway that it listens on", ipAddress, { countMax: 16 }),
    },
    { presence: true },
  ),
  https: container(
    "HTTP over TLS",
    {
      port: leaf("TCP port", integer(1024, 65_535), { defaultValue: 3443 }),
      addresses: leafList("Address of the gateway that it listens on", ipAddress, { countMax: 16 }),
      "server-certificate": leaf("Certificate and key of the gateway, by the name of their file", certificateName),
      "cipher-list": leafList("Ciphers that are offered", known("Cipher", restCiphers)),
      "mutual-authentication": container("Certificates of clients", {
        "certificate-authority": leaf("Authority that signs them, by the name of its file", certificateName),
      }),
    },
    { presence: true },
  ),
  control: container("Limits", {
    "allowed-sources": leafList("Address that requests are taken from", ipAddress, { countMax: 1024 }),
    "connection-limit": leaf("Connections at once", integer(1, 1024), { defaultValue: 64 }),
  }),
  "enable-explorer": flag("A page in which requests can be tried"),
});

export const systemServices = container(
  "Services of the gateway",
  {
    netconf: container("NETCONF", {
      ssh: container(
        "NETCONF over SSH on a port of its own",
        { ...limits, port: leaf("TCP port", integer(1, 65_535), { defaultValue: 830 }) },
        { presence: true },
      ),
    }),
    ssh,
    rest,
  },
  { presence: true },
);
