// What `system services rest` wants served.

import { loadForm } from "@merlon/junos/form.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import { expect, test } from "vitest";
import { planHttp } from "./http-settings.ts";

const plan = (lines: readonly string[], always = false) => {
  const text = lines.map((line) => `set system services rest ${line}\n`).join("");
  const { tree, diagnostics } = loadForm(text, { source: "test" });
  expect(diagnostics).toEqual([]);
  return planHttp(readConfiguration(tree).configuration, always);
};

test.each<[lines: string[], names: string[]]>([
  [[], []],
  [["enable-explorer"], []],
  [["control connection-limit 3"], []],
  [["http"], ["http * 3000"]],
  [["http port 8080"], ["http * 8080"]],
  [
    ["http addresses 192.0.2.1", "http addresses 2001:db8::1"],
    ["http 192.0.2.1 3000", "http 2001:db8::1 3000"],
  ],
  [["https"], ["https * 3443"]],
  [
    ["http", "https port 8443"],
    ["http * 3000", "https * 8443"],
  ],
])("%j is served as %j", (lines, names) => {
  expect(plan(lines).settings.map(({ name }) => name)).toEqual(names);
});

test("limits count for all listeners", () => {
  const { settings } = plan(["http", "https", "control connection-limit 3", "control allowed-sources 192.0.2.9"]);
  expect(settings.map(({ connectionsMax, allowedSources }) => [connectionsMax, allowedSources])).toEqual([
    [3, ["192.0.2.9"]],
    [3, ["192.0.2.9"]],
  ]);
  expect(plan(["http"]).settings[0]).toEqual({
    name: "http * 3000",
    port: 3000,
    connectionsMax: 64,
    allowedSources: [],
  });
});

test("certificates and ciphers", () => {
  const { settings } = plan([
    "https server-certificate gw1",
    "https mutual-authentication certificate-authority ours",
    "https cipher-list ecdhe-rsa-with-aes-128-gcm-sha256",
    "https cipher-list rsa-with-rc4-128-md5",
  ]);
  expect(settings[0]?.tls).toEqual({
    certificate: "gw1",
    authority: "ours",
    ciphers: "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256",
  });
  expect(plan(["https"]).settings[0]?.tls).toEqual({});
});

test("weak ciphers alone are not served, and the rest is", () => {
  const { settings, problems } = plan(["http", "https cipher-list rsa-with-rc4-128-md5"]);
  expect(settings.map(({ name }) => name)).toEqual(["http * 3000"]);
  expect(problems).toEqual(["HTTPS is not served: of the ciphers that the configuration lists none is offered here"]);
});

test("a socket that was handed in is served, whatever is configured", () => {
  expect(plan([], true).settings.map(({ name }) => name)).toEqual(["http socket"]);
  expect(plan(["http", "https"], true).settings.map(({ name }) => name)).toEqual(["http socket", "https * 3443"]);
});
