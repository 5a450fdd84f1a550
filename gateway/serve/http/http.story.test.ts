// HTTP and HTTPS as clients meet them inside the enclosure: listeners that follow commits, certificates of both sides, limits,
// and clients that misbehave.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { request as secureRequest } from "node:https";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { boot } from "../../boot.ts";
import type { Gateway } from "../../gateway.ts";
import { enclosed, skipReason } from "../../kernel/story-watch.ts";
import { freshKernel, openGateway, TestClocks, typeAs } from "../../testing/test-gateway.ts";
import { HttpServing } from "./http-serving.ts";
import { makeSelfSigned } from "./self-signed.ts";

const configuration = `
system {
    host-name gw1;
    login {
        user ana { class super-user; authentication { plain-text-password-value "ana1"; } }
        user bo { class read-only; }
    }
    services { rest { http; https; } }
}`;

const patience = { timeout: 20_000, interval: 20 };

describe.skipIf(!enclosed)(`HTTP${skipReason}`, () => {
  let folder: string;
  let gateway: Gateway;
  let serving: HttpServing;
  const bugs: unknown[] = [];
  const clocks = new TestClocks();
  // OpenSSL asks the clock of the machine.
  clocks.wallMs = Date.now();
  const type = (...lines: readonly string[]): Promise<string> => typeAs(gateway, "owner", ...lines);
  const commit = async (...lines: readonly string[]): Promise<void> => {
    expect(await type(...lines, "commit")).toContain("commit complete");
    await serving.apply();
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "merlon-http-"));
    gateway = await openGateway(freshKernel(), folder, clocks);
    await boot(gateway, { text: configuration, source: "story.conf" });
    serving = await HttpServing.start({
      gateway,
      certificateFolder: join(folder, "tls"),
      onError: (error) => bugs.push(error),
    });
  });

  afterAll(async () => {
    await serving[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
    expect(bugs).toEqual([]);
  });

  interface How {
    readonly method?: string;
    /** Ana's password when absent. */
    readonly user?: string;
    readonly trusted?: string;
    /** Certificate and key in one. */
    readonly certificate?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly agent?: Agent;
  }

  /** The status, or 0 when nobody answers. */
  function ask(url: string, how: How = {}): Promise<{ readonly status: number; readonly text: string }> {
    const { user = "ana:ana1", trusted, certificate, method = "GET", headers = {}, agent } = how;
    const options = {
      method,
      ...(trusted !== undefined && { ca: trusted }),
      ...(certificate !== undefined && { cert: certificate, key: certificate }),
      headers: { ...headers, ...(user !== "" && { authorization: `Basic ${btoa(user)}` }) },
      agent: agent ?? (false as const),
    };
    return new Promise((resolve) => {
      const nobody = (): void => resolve({ status: 0, text: "" });
      const outgoing = (url.startsWith("https:") ? secureRequest : request)(url, options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", nobody);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      });
      outgoing.on("error", nobody).end();
    });
  }

  let ours: string;
  beforeAll(async () => {
    ours = await readFile(join(folder, "tls/self-signed.pem"), "utf8");
  });

  test("both are served, HTTPS with a certificate that clients may remember", async () => {
    expect([...serving.ports]).toEqual([
      ["http * 3000", 3000],
      ["https * 3443", 3443],
    ]);
    expect(await ask("http://127.0.0.1:3000/rpc/get-software-information")).toMatchObject({ status: 200 });
    expect(await ask("https://localhost:3443/rpc/get-software-information")).toMatchObject({ status: 0 });
    const { status, text } = await ask("https://localhost:3443/rpc/get-software-information", { trusted: ours });
    expect({ status, known: text.includes("<host-name>gw1</host-name>") }).toEqual({ status: 200, known: true });
  });

  test("a commit moves, adds and ends listeners; what is being answered goes on", async () => {
    const events = new AbortController();
    const answered = fetch("http://127.0.0.1:3000/v1/events?kind=alarm", {
      headers: { authorization: `Basic ${btoa("ana:ana1")}` },
      signal: events.signal,
    });
    const reader = (await answered).body?.getReader();
    await commit("set system services rest http port 3001", "delete system services rest https");
    expect([...serving.ports.keys()]).toEqual(["http * 3001"]);
    expect((await ask("http://127.0.0.1:3000/openapi.json")).status).toBe(0);
    expect((await ask("http://127.0.0.1:3001/openapi.json")).status).toBe(200);
    gateway.alarms.raise("test.alarm", "minor", "still heard");
    const heard = await reader?.read();
    expect(new TextDecoder().decode(heard?.value as Uint8Array)).toContain("still heard");
    events.abort();
    gateway.alarms.clear("test.alarm");
    await commit("set system services rest http port 3000", "set system services rest https");
  });

  test("what cannot be served is an alarm, and is tried again", async () => {
    const path = join(folder, "tls/named.pem");
    await commit("set system services rest https server-certificate named");
    expect(await type("show system alarms")).toContain("there is no certificate named: put it, with its key, into");
    expect([...serving.ports.keys()]).toContain("http * 3000");
    await writeFile(path, ours, { mode: 0o600 });
    await serving.apply();
    expect(await type("show system alarms")).not.toContain("certificate");
    expect(await ask("https://localhost:3443/openapi.json", { trusted: ours })).toMatchObject({ status: 200 });
    await commit("delete system services rest https server-certificate");
  });

  test("an address that is not ours, and one that is", async () => {
    await commit("set system services rest http addresses 192.0.2.77");
    expect(await type("show system alarms")).toMatch(/http 192\.0\.2\.77 3000 is not served/);
    await commit("delete system services rest http addresses", "set system services rest http addresses 127.0.0.1");
    expect([...serving.ports.keys()]).toContain("http 127.0.0.1 3000");
    expect((await ask("http://127.0.0.1:3000/openapi.json")).status).toBe(200);
    await commit("delete system services rest http addresses");
  });

  test("only allowed sources get an answer", async () => {
    await commit("set system services rest control allowed-sources 192.0.2.9");
    expect((await ask("http://127.0.0.1:3000/openapi.json")).status).toBe(0);
    await commit("set system services rest control allowed-sources 127.0.0.1");
    expect((await ask("http://127.0.0.1:3000/openapi.json")).status).toBe(200);
    await commit("delete system services rest control");
  });

  test("a certificate that the authority has signed is who its name says; none is hung up on", async () => {
    const notBefore = new Date(Date.now() - 3600_000);
    const life = { dnsNames: ["client"], notBefore, notAfter: new Date(Date.now() + 3600_000) };
    const of = (commonName: string): string => makeSelfSigned({ commonName, ...life });
    const [bo, nobody, stranger] = [of("bo"), of("nobody"), of("bo")];
    // Each is its own authority.
    const withoutKeys = `${bo}${nobody}`.replaceAll(/-+BEGIN PRIVATE[^]*?END PRIVATE KEY-+\n/g, "");
    await writeFile(join(folder, "tls/ours.pem"), withoutKeys, { mode: 0o600 });
    await commit("set system services rest https mutual-authentication certificate-authority ours");
    const post = (name: string, how: How) =>
      ask(`https://localhost:3443/v1/operation/${name}`, { method: "POST", trusted: ours, user: "", ...how });
    expect(await post("show-version", { certificate: bo })).toMatchObject({ status: 200 });
    expect(await post("show-version", { certificate: nobody })).toMatchObject({ status: 401 });
    expect(await post("show-version", { certificate: stranger, user: "ana:ana1" })).toMatchObject({ status: 0 });
    expect(await post("show-version", { user: "ana:ana1" })).toMatchObject({ status: 0 });
    const clear = "clear-security-policies-hit-count";
    expect(await post(clear, { certificate: bo })).toMatchObject({ status: 403 });
    expect(await post(clear, { certificate: bo, user: "ana:ana1" })).toMatchObject({ status: 200 });
    await commit("delete system services rest https mutual-authentication");
    expect(await post("show-version", { user: "ana:ana1" })).toMatchObject({ status: 200 });
  });

  test("more connections than there may be are refused, and leave room again", async () => {
    await commit("set system services rest control connection-limit 3");
    const sockets: Socket[] = [];
    for (let i = 0; i < 8; i++) {
      const socket = connect(3000, "127.0.0.1");
      socket.on("error", () => undefined);
      sockets.push(socket);
    }
    await expect.poll(() => sockets.filter(({ destroyed }) => destroyed).length, patience).toBe(5);
    expect((await ask("http://127.0.0.1:3000/openapi.json")).status).toBe(0);
    for (const socket of sockets) socket.destroy();
    await expect.poll(async () => (await ask("http://127.0.0.1:3000/openapi.json")).status, patience).toBe(200);
    await commit("delete system services rest control");
  });

  test("headers that are too long, and requests without end, are hung up on", async () => {
    const long = await ask("http://127.0.0.1:3000/openapi.json", { headers: { x: "y".repeat(20_000) } });
    expect([0, 431]).toContain(long.status);
    const socket = connect(3000, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write("GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n");
    await expect.poll(() => socket.destroyed || socket.closed, patience).toBe(true);
  });

  test("a client that asks again and again and reads nothing costs nobody else", async () => {
    const socket = connect(3000, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.pause();
    const one = `GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n`;
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 500; i++) socket.write(one);
    await new Promise((resolve) => setTimeout(resolve, 300));
    clocks.pass(10_000);
    expect((await ask("http://127.0.0.1:3000/openapi.json")).status).toBe(200);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
    socket.destroy();
  });

  test("a user who is removed is hung up on, in the middle of an answer", async () => {
    await commit("set system login user cy class operator authentication plain-text-password-value cy1");
    const answer = ask("http://127.0.0.1:3000/v1/events", { user: "cy:cy1" });
    await expect.poll(() => gateway.logins.list().length, patience).toBe(1);
    await commit("delete system login user cy");
    expect(await answer).toMatchObject({ status: 0 });
    await expect.poll(() => gateway.logins.list().length, patience).toBe(0);
  });

  test("a connection is used again, and its login ends with it", async () => {
    using agent = Object.assign(new Agent({ keepAlive: true, maxSockets: 1 }), {
      [Symbol.dispose]: () => agent.destroy(),
    });
    for (let i = 0; i < 3; i++) expect(await ask("http://127.0.0.1:3000/v1/configuration", { agent })).toMatchObject({ status: 200 }); // prettier-ignore
    expect(gateway.logins.list()).toMatchObject([{ user: "ana", mode: "rest", from: "127.0.0.1" }]);
    expect(await type("request system logout user ana")).toContain("1 session");
    await expect.poll(() => gateway.logins.list().length, patience).toBe(0);
  });
});
