// Messages to several destinations, over changes of who they are.

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LogMessage } from "./log-message.ts";
import type { FilePlan, StreamPlan } from "./log-plan.ts";
import { LogRouter } from "./log-router.ts";
import { openTransport } from "./stream/open-transport.ts";
import type { Collector, OpenTransport } from "./stream/transport.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "merlon-router-"));
});
afterEach(() => rm(folder, { recursive: true }));

const message: LogMessage = {
  atMs: 0,
  facility: 1,
  severity: 6,
  program: "RT_FLOW",
  name: "RT_FLOW_SESSION_CREATE",
  category: "session-open",
  fields: [["policy-name", "web"]],
  sentence: "session created",
};

function routerWith(open: OpenTransport) {
  const troubles: string[] = [];
  const router = new LogRouter({
    folder,
    trustFolder: folder,
    open,
    hostName: () => "gw",
    nowMs: () => 0,
    monotonicMs: () => performance.now(),
    onTrouble: (name, trouble) => troubles.push(trouble ?? `${name} is well`),
  });
  return { router, troubles };
}

const stream = (name: string, more: Partial<StreamPlan> = {}): StreamPlan => ({
  name,
  collector: { host: name, port: 514, protocol: "udp" },
  trustProfiles: [],
  form: { kind: "plain" },
  hears: () => true,
  ...more,
});
const file = (name: string, more: Partial<FilePlan> = {}): FilePlan => ({
  name,
  sizeBytesMax: 1e6,
  filesMax: 2,
  worldReadable: false,
  form: { kind: "plain" },
  hears: () => true,
  ...more,
});

test("each hears its own, a change keeps what stays, and what goes is closed", async () => {
  const got: string[] = [];
  const opened: string[] = [];
  const closed: string[] = [];
  const { router } = routerWith(async ({ host }: Collector) => {
    opened.push(host);
    return {
      send: async (lines) => void got.push(...lines.map((line) => `${host} ${line.split(": ").at(-1)}`)),
      close: () => void closed.push(host),
    };
  });
  expect(router.isSilent).toBe(true);
  await router.configure({
    streams: [stream("a"), stream("b", { hears: ({ severity }) => severity < 4 })],
    files: [file("f")],
  });
  expect(router.isSilent).toBe(false);
  router.write(message);
  await vi.waitFor(() => expect(got).toEqual(["a session created"]));
  // The filter may change without a new connection.
  await router.configure({
    streams: [stream("a", { shows: (line) => line.includes("closed") }), stream("c")],
    files: [file("f")],
  });
  router.write(message);
  await vi.waitFor(() => expect(got).toEqual(["a session created", "c session created"]));
  expect(opened).toEqual(["a", "c"]);
  expect(router.destinations().map(({ name, state }) => [name, state])).toEqual([
    ["a", "connected"],
    ["c", "connected"],
  ]);
  await router[Symbol.asyncDispose]();
  expect(closed.toSorted()).toEqual(["a", "c"]);
  expect(await readFile(join(folder, "f"), "utf8")).toBe(
    "Jan  1 00:00:00 gw RT_FLOW: RT_FLOW_SESSION_CREATE: session created\n".repeat(2),
  );
});

test("a file that cannot be written is told, and the others go on", async () => {
  await mkdir(join(folder, "bad"));
  const { router, troubles } = routerWith(openTransport);
  await router.configure({ streams: [], files: [file("bad"), file("good", { form: { kind: "structured" } })] });
  router.write(message);
  await router[Symbol.asyncDispose]();
  expect(troubles[0]).toContain("log file bad cannot be written");
  expect(await readFile(join(folder, "good"), "utf8")).toMatch(/^<14>1 1970-01-01T00:00:00.000Z gw RT_FLOW - RT_FLOW_/);
});

test("TLS: the profile's certificate is trusted, another one and none are not", async () => {
  const make = (name: string) => {
    const at = (suffix: string) => join(folder, `${name}.${suffix}`);
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
      "-keyout", at("key"), "-out", at("pem"), "-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
      { stdio: "ignore" }); // prettier-ignore
    return at;
  };
  const at = make("ours");
  make("theirs");
  await writeFile(join(folder, "empty.pem"), "");
  let text = "";
  const key = await readFile(at("key"));
  const server = createServer({ key, cert: await readFile(at("pem")) }, (socket) => {
    socket.setEncoding("utf8").on("data", (data: string) => (text += data));
  }).listen(0, "127.0.0.1");
  server.on("tlsClientError", () => undefined);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const collector = { host: "localhost", port, protocol: "tls" } as const;
  const { router, troubles } = routerWith(openTransport);
  const streams = [["ours"], ["theirs"], ["missing"], []].map((trustProfiles, index) =>
    stream(`s${index}`, { collector, trustProfiles }),
  );
  await router.configure({ streams, files: [] });
  router.write(message);
  await vi.waitFor(() => expect(text).toMatch(/^\d+ <14>Jan  1 00:00:00 gw RT_FLOW: /));
  await vi.waitFor(() => expect(troubles.filter((line) => line.includes("does not get"))).toHaveLength(3));
  expect(text.match(/RT_FLOW_SESSION_CREATE/g)).toHaveLength(1);
  expect(troubles.toSorted().join("\n")).toMatch(/s1 .*self.signed|s1 .*certificate/);
  expect(troubles.join("\n")).toContain("the certificates of profile missing cannot be read");
  expect(troubles.join("\n")).toContain("no certificates are named that TLS could trust");
  await router[Symbol.asyncDispose]();
  server.close();
});
