// Requests as programs send them: who may ask for what, in which form the answer comes, and what is wrong with those that are
// refused.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { operations } from "../../ops/operations.ts";
import { bodySizeBytesMax } from "./exchange.ts";
import { routes } from "./routes.ts";
import { HttpCase } from "./testing/http-case.ts";

let http: HttpCase;

beforeAll(async () => {
  http = await HttpCase.open();
});
afterAll(() => http[Symbol.asyncDispose]());

describe("every route", () => {
  const bodies: Readonly<Record<string, unknown>> = {
    "/v1/command": { line: "show version" },
    "/v1/complete": { line: "show " },
    "/v1/interrupt": { session: "none" },
    "/v1/configuration/load": { text: "" },
    "/v1/configuration/rollback": { number: 0 },
    "/v1/configuration/change": { text: "" },
  };
  const asked = routes.map(({ method, path, open }) => {
    const concrete = path.replace("{name}", "show-version").replace("{rest*}", "get-software-information");
    return { method, path: concrete, body: bodies[path] ?? {}, open: open === true };
  });

  test.each(asked)("$method $path asks who it is", async ({ method, path, body, open }) => {
    const { status, headers } = await http.ask(path, {
      method,
      as: "",
      ...(method === "POST" && { body: JSON.stringify(body) }),
    });
    expect(status).toBe(open ? 200 : 401);
    expect(headers["www-authenticate"]).toEqual(open ? undefined : expect.stringContaining("Basic"));
  });

  test.each(asked.filter(({ open }) => !open))("$method $path is closed to who may do nothing", async (one) => {
    const isXml = one.path.startsWith("/rpc");
    const text = isXml ? "<get-software-information/>" : JSON.stringify(one.body);
    const { status, text: answer } = await http.ask(one.path, {
      method: one.method,
      ...http.as("di"),
      ...(one.method === "POST" && { body: one.path === "/rpc" || !isXml ? text : "" }),
      headers: isXml ? { "content-type": "application/xml" } : {},
    });
    // A typed line, and a request among others, is refused in the answer itself.
    const isInside = one.path === "/v1/command" || one.path === "/rpc";
    if (isInside) expect(answer).toMatch(/permission denied/);
    else if (one.path === "/v1/complete") expect(status).toBe(200);
    else if (one.path === "/") expect(status).toBe(404);
    else expect({ path: one.path, status }).toEqual({ path: one.path, status: 403 });
  });
});

describe("operations", () => {
  test("as data, as text, and as the reply of the original", async () => {
    const path = "/v1/operation/show-security-zones";
    const data = await http.post(path, { zone: "web" });
    expect(data).toMatchObject({ status: 200, type: "application/json" });
    expect(JSON.parse(data.text)).toMatchObject({ ok: true, data: { zones: [{ name: "web" }] } });
    const text = await http.post(path, { zone: "web" }, { headers: { accept: "text/plain" } });
    expect(text.text).toContain("Security zone: web\n");
    const xml = await http.post(path, {}, { headers: { accept: "application/xml" } });
    expect(xml.text).toContain("<zones-security-zonename>web</zones-security-zonename>");
    const html = await http.post(path, {}, { headers: { accept: "text/html" } });
    expect(html.status).toBe(406);
  });

  test.each([
    ["show-nothing", {}, 404, "there is no operation show-nothing"],
    ["show-security-zones", { zone: "?" }, 422, "zone name"],
    ["show-security-zones", { zone: "nowhere" }, 422, "there is no zone nowhere"],
    ["show-security-zones", { planet: "x" }, 422, '"planet" is not expected here'],
    ["show-security-zones", [], 400, ""],
    ["load-configuration", { action: "merge", text: "nonsense;" }, 422, "load failed (1 errors)"],
  ])("%s with %j is answered %i", async (name, body, status, words) => {
    const answer = await http.post(`/v1/operation/${name}`, body);
    expect(answer).toMatchObject({ status, type: "application/problem+json" });
    expect(JSON.parse(answer.text)).toMatchObject({ status, detail: expect.stringContaining(words) as string });
  });

  test("a class decides which of them its users carry out", async () => {
    const as = (user: string, name: string) => http.post(`/v1/operation/${name}`, {}, http.as(user));
    expect((await as("bo", "show-security-zones")).status).toBe(200);
    expect((await as("bo", "clear-security-policies-hit-count")).status).toBe(403);
    expect((await as("cy", "clear-security-policies-hit-count")).status).toBe(200);
    const load = await http.post("/v1/operation/load-configuration", { action: "merge", text: "" }, http.as("cy"));
    expect(load.status).toBe(403);
  });

  test("each is known by its name, and none fails without parameters but with a sentence", async () => {
    const endless = new Set(["monitor", "ping", "traceroute", "request"]);
    for (const { name, words } of operations) {
      if (endless.has(words[0] ?? "")) continue;
      http.clocks.pass(1_000);
      const { status } = await http.post(`/v1/operation/${name}`, {});
      expect([200, 409, 422, 503], name).toContain(status);
    }
  });
});

describe("lines", () => {
  test("are carried out as the one who asks", async () => {
    const shown = await http.post("/v1/command", { line: "show version" });
    expect(JSON.parse(shown.text)).toMatchObject({
      ok: true,
      text: expect.stringContaining("Hostname: merlon") as string,
    });
    const denied = await http.post("/v1/command", { line: "set system host-name x" }, http.as("bo"));
    expect(JSON.parse(denied.text)).toMatchObject({ ok: false, text: expect.stringContaining("denied") as string });
    const other = await http.post("/v1/command", { line: "show version", user: "root" }, http.as("bo"));
    expect(other.status).toBe(403);
  });

  test("somebody else's session is not his", async () => {
    const session = http.gateway.candidates.open({ user: "ana", via: "rest" });
    const shell = http.gateway.candidates.open({ user: "bo", via: "cli" });
    const line = { line: "show version" };
    expect((await http.post("/v1/command", { ...line, session: session.id }, http.as("bo"))).status).toBe(403);
    expect((await http.post("/v1/command", { ...line, session: shell.id }, http.as("bo"))).status).toBe(403);
    expect((await http.post("/v1/command", { ...line, session: session.id })).status).toBe(200);
    const gone = await http.post("/v1/command", { ...line, session: "x-1" });
    expect(JSON.parse(gone.text)).toMatchObject({ ok: false, text: "error: this session has ended; open a new one\n" });
    for (const each of [session, shell]) http.gateway.candidates.close(each);
  });
});

describe("requests that are none", () => {
  test.each([
    ["GET", "/v1/nothing", 404],
    ["POST", "/", 405],
    ["GET", "/v1/command", 405],
    ["DELETE", "/v1/configuration", 405],
    ["GET", "//elsewhere/v1/configuration", 400],
    ["POST", "/v1/operation/", 404],
    ["GET", "/v1/configuration?format=yaml", 400],
    ["GET", "/v1/configuration?format=text&format=set", 400],
    ["GET", "/v1/operation/%ff", 404],
  ])("%s %s is answered %i", async (method, path, status) => {
    expect(await http.ask(path, { method })).toMatchObject({ status, type: "application/problem+json" });
  });

  test("405 says what is taken", async () => {
    expect((await http.ask("/v1/command")).headers["allow"]).toBe("POST");
  });

  test("a body must be JSON and say so", async () => {
    const path = "/v1/command";
    const form = await http.ask(path, { body: "{}", headers: { "content-type": "text/plain" } });
    expect(form.status).toBe(415);
    expect((await http.ask(path, { body: "{" })).status).toBe(400);
    expect((await http.ask(path, { body: "[1]" })).status).toBe(400);
  });

  test("a body that says it is too large is not read", async () => {
    const socket = http.connect();
    const credentials = btoa(http.as("ana").as);
    socket.write(
      `POST /v1/command HTTP/1.1\r\nhost: x\r\nauthorization: Basic ${credentials}\r\n` +
        `content-type: application/json\r\ncontent-length: ${bodySizeBytesMax + 1}\r\n\r\n`,
    );
    const first = await new Promise<string>((resolve) => {
      socket.once("data", (chunk: Buffer) => resolve(chunk.toString()));
    });
    expect(first).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  test("a client that goes away in the middle of its body is no bug", async () => {
    for (const wait of [0, 5, 20]) {
      const socket = http.connect();
      const head = `POST /v1/command HTTP/1.1\r\nhost: x\r\nauthorization: Basic ${btoa(http.as("ana").as)}\r\n`;
      socket.write(`${head}content-type: application/json\r\ncontent-length: 1000\r\n\r\n{"line":`);
      await new Promise((resolve) => setTimeout(resolve, wait));
      socket.resetAndDestroy();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(http.bugs).toEqual([]);
  });

  test.each([
    [{ origin: "https://elsewhere.example" }, 403],
    [{ origin: "null" }, 403],
    [{ "sec-fetch-site": "cross-site" }, 403],
    [{ origin: "http://gateway.example", host: "gateway.example" }, 200],
    [{ "sec-fetch-site": "same-origin" }, 200],
  ])("a page that is not ours does not use the password of a browser: %j", async (headers, status) => {
    expect((await http.ask("/v1/configuration", { headers })).status).toBe(status);
  });

  test("the page is there when it is configured, and runs nothing but its own script", async () => {
    expect((await http.ask("/")).status).toBe(404);
    await http.type("set system services rest enable-explorer", "commit");
    const { status, type, headers, text } = await http.ask("/");
    expect({ status, type }).toEqual({ status: 200, type: "text/html; charset=utf-8" });
    expect(headers["content-security-policy"]).toMatch(
      /^default-src 'none'; script-src 'sha256-[^']{44}'; style-src 'sha256-[^']{44}'; connect-src 'self';/,
    );
    expect(text.match(/<script|<style|<link|<img|src=|\son[a-z]+=/g)).toEqual(["<style", "<script"]);
    expect((await http.ask("/", { as: "" })).status).toBe(401);
  });

  test("what is no HTTP is hung up on", async () => {
    const socket = http.connect();
    socket.on("error", () => undefined);
    socket.write("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 nonsense\r\n\r\n");
    await new Promise((resolve) => socket.once("close", resolve));
  });
});
