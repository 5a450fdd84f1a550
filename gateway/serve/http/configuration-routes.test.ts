// The configuration over HTTP: what one request does and leaves, whose candidate it is, and what its user may see and change.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HttpCase } from "./testing/http-case.ts";
import type { Answered } from "./testing/http-case.ts";

let http: HttpCase;

beforeEach(async () => {
  http = await HttpCase.open();
});
afterEach(() => http[Symbol.asyncDispose]());

const body = (answer: Answered): Record<string, unknown> => JSON.parse(answer.text) as Record<string, unknown>;
const load = (text: string, rest: object = {}, as = http.as("ana")) =>
  http.post("/v1/configuration/load", { action: "set", text, ...rest }, as);
const read = async (query: string, as = http.as("ana")): Promise<string> =>
  (await http.ask(`/v1/configuration?${query}`, as)).text;

describe("reading", () => {
  test.each([
    ["format=text&path=security zones security-zone web", "text/plain; charset=utf-8", "interfaces {\n"],
    [
      "format=set&path=security zones",
      "text/plain; charset=utf-8",
      "set security zones security-zone web interfaces eth1\n",
    ],
    ["format=xml", "application/xml", "<security-zone>"],
    ["format=json", "application/json", '"security-zone"'],
    ["path=interfaces eth9", "text/plain; charset=utf-8", ""],
  ])("%s", async (query, type, part) => {
    const answer = await http.ask(`/v1/configuration?${query.replaceAll(" ", "%20")}`);
    expect(answer).toMatchObject({ status: 200, type });
    expect(answer.text).toContain(part);
  });

  test("a path that cannot be is a problem", async () => {
    expect(await http.ask("/v1/configuration?path=security%20nonsense")).toMatchObject({ status: 422 });
    expect(await http.ask("/v1/configuration?path=%22open")).toMatchObject({ status: 400 });
  });

  test("groups are carried out where that is asked for", async () => {
    await http.type("set groups g system host-name from-group", "set apply-groups g", "commit");
    expect(await read("path=system%20host-name")).not.toContain("from-group");
    expect(await read("path=system&inherit=true")).toContain("host-name from-group;");
  });

  test("secrets and what the class does not open are not in it", async () => {
    expect(await read("format=set", http.as("ana"))).toContain("$6$");
    await http.type("set system login class zones permissions [ view security ]", "set system login user cy class zones", "commit"); // prettier-ignore
    const seen = await read("format=set", http.as("cy"));
    expect(seen).toContain("set security zones");
    expect(seen).not.toMatch(/\$6\$|set system login/);
  });
});

describe("the shared candidate", () => {
  test("loaded, compared, checked, committed with a comment, rolled back", async () => {
    expect(await load("set system host-name one")).toMatchObject({ status: 200, text: '{"diagnostics":[]}\n' });
    const patch = await http.ask("/v1/configuration/compare");
    expect(patch.text).toBe("[edit system]\n+  host-name one;\n");
    expect(body(await http.post("/v1/configuration/check", {}))).toMatchObject({ changed: false });
    const commit = await http.post("/v1/configuration/commit", { comment: "named it" });
    expect(body(commit)).toEqual({ revision: 3, changed: true, confirmed: false, diagnostics: [] });
    expect(await http.type("show system commit")).toMatch(/^0 .* by ana via rest\n +named it\n/);
    expect(body(await http.post("/v1/configuration/commit", {}))).toMatchObject({ changed: false });
    expect((await http.post("/v1/configuration/rollback", { number: 1 })).status).toBe(200);
    expect((await http.ask("/v1/configuration/compare")).text).toBe("[edit system]\n-  host-name one;\n");
    expect((await http.ask("/v1/configuration/compare?rollback=1")).text).toBe("");
    expect((await http.post("/v1/configuration/rollback", { number: 0 })).status).toBe(200);
    expect((await http.ask("/v1/configuration/compare")).text).toBe("");
  });

  test("a mistake changes nothing and says where it is", async () => {
    const answer = await load("set system host-name one\nset system nonsense");
    expect(answer.status).toBe(422);
    expect(body(answer)).toMatchObject({
      detail: "load failed (1 errors); the candidate is unchanged",
      diagnostics: [{ code: "schema.unknown-statement", span: { line: 2 } }],
    });
    expect((await http.ask("/v1/configuration/compare")).text).toBe("");
  });

  test("what cannot be committed says why", async () => {
    await load("set security zones security-zone third interfaces eth1");
    const refused = await http.post("/v1/configuration/commit", {});
    expect(refused.status).toBe(422);
    expect(body(refused)["diagnostics"]).not.toEqual([]);
    http.gateway.candidates.discard();
    expect(await http.post("/v1/configuration/rollback", { number: 40 })).toMatchObject({ status: 409 });
  });

  test("a commit that is not confirmed goes away; one that is stays", async () => {
    await load("set system host-name one");
    await http.post("/v1/configuration/commit", { confirmMinutes: 1 });
    http.clocks.pass(60_001);
    await http.gateway.rollBackUnconfirmed();
    expect(await read("path=system")).not.toContain("host-name");
    await load("set system host-name two");
    await http.post("/v1/configuration/commit", { confirmMinutes: 1 });
    expect(body(await http.post("/v1/configuration/commit", {}))).toMatchObject({ confirmed: true });
    http.clocks.pass(60_001);
    await http.gateway.rollBackUnconfirmed();
    expect(await read("path=system")).toContain("host-name two");
  });

  test("somebody's lock is a conflict", async () => {
    const session = http.gateway.candidates.open({ user: "bo", via: "cli" });
    http.gateway.candidates.configure(session, "exclusive");
    expect(await load("set system host-name one")).toMatchObject({ status: 409 });
    expect(await http.post("/v1/configuration/commit", {})).toMatchObject({ status: 409 });
    http.gateway.candidates.close(session);
  });
});

describe("a change in one request", () => {
  const change = (text: string, rest: object = {}, as = http.as("ana")) =>
    http.post("/v1/configuration/change", { action: "set", text, ...rest }, as);

  test("is committed, and nobody else's edits with it", async () => {
    await load("set system time-zone Europe/Berlin");
    const done = await change("set system host-name one", { comment: "in one" });
    expect(body(done)).toMatchObject({ changed: true, revision: 3, patch: "[edit system]\n+  host-name one;\n" });
    expect(await read("path=system")).toContain("host-name one");
    expect((await http.ask("/v1/configuration/compare")).text).toContain("time-zone Europe/Berlin");
    expect(http.gateway.candidates.editors()).toEqual([]);
  });

  test("that is only checked changes nothing", async () => {
    const seen = await change("set system host-name one", { checkOnly: true });
    expect(body(seen)).toMatchObject({ changed: false, revision: 2, patch: "[edit system]\n+  host-name one;\n" });
    expect((await http.ask("/v1/configuration/compare")).text).toBe("");
  });

  test.each([
    ["set system nonsense", 422],
    ["set security zones security-zone third interfaces eth1", 422],
  ])("%s leaves nothing behind", async (text, status) => {
    expect(await change(text)).toMatchObject({ status });
    expect(http.gateway.running?.revision).toBe(2);
    expect((await http.ask("/v1/configuration/compare")).text).toBe("");
    expect(http.gateway.candidates.editors()).toEqual([]);
  });

  test("goes away unless it is confirmed, where that is asked for", async () => {
    await change("set system host-name one", { confirmMinutes: 1 });
    http.clocks.pass(60_001);
    await http.gateway.rollBackUnconfirmed();
    expect(await read("path=system")).not.toContain("host-name");
  });

  test("many at once are all committed, one after the other", async () => {
    const names = ["a", "b", "c", "d", "e"];
    const all = await Promise.all(names.map((name) => change(`set security zones security-zone zone-${name}`)));
    expect(all.map(({ status }) => status)).toEqual(names.map(() => 200));
    const zones = await read("format=set&path=security%20zones");
    for (const name of names) expect(zones).toContain(`security-zone zone-${name}`);
  });
});

describe("permissions", () => {
  beforeEach(async () => {
    await http.type(
      "set system login class zones permissions [ configure view security-control ]",
      "set system login user cy class zones",
      "commit",
    );
  });

  test("a class changes its part and no other", async () => {
    const own = "set security zones security-zone mine";
    expect(await load(own, {}, http.as("cy"))).toMatchObject({ status: 200 });
    expect(await load("set system host-name x", {}, http.as("cy"))).toMatchObject({ status: 403 });
    expect(await load(own, {}, http.as("bo"))).toMatchObject({ status: 403 });
    const operation = { action: "set", text: "set system host-name x" };
    expect((await http.post("/v1/operation/load-configuration", operation, http.as("cy"))).status).toBe(422);
    expect((await http.ask("/v1/configuration/compare")).text).not.toContain("host-name");
  });

  test("a session is its user's, and goes with its connection", async () => {
    const session = http.gateway.candidates.open({ user: "cy", via: "rest" });
    http.gateway.candidates.configure(session, "private");
    expect(await load("set security zones security-zone mine", { session: session.id }, http.as("cy"))).toMatchObject({ status: 200 }); // prettier-ignore
    expect(await load("set security zones security-zone his", { session: session.id })).toMatchObject({ status: 403 });
    expect((await http.ask("/v1/configuration/compare", http.as("cy"))).text).toBe("");
    expect((await http.ask(`/v1/configuration/compare?session=${session.id}`, http.as("cy"))).text).toContain("mine");
  });
});
