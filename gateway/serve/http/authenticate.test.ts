// Who gets in over the network, and what follows when somebody tries.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeFile } from "node:fs/promises";
import { hashPassword } from "../../access/password-hash.ts";
import { HttpCase } from "./testing/http-case.ts";

let http: HttpCase;
const path = "/v1/operation/show-version";

beforeEach(async () => {
  http = await HttpCase.open();
});
afterEach(() => http[Symbol.asyncDispose]());

const status = async (as: string, headers: Record<string, string> = {}): Promise<number> =>
  (await http.post(path, {}, { as, headers })).status;

describe("passwords", () => {
  test.each([
    ["ana:secret of all", 200],
    ["ana:secret of al", 401],
    ["ana:", 401],
    ["nobody:secret of all", 401],
    ["root:secret of all", 401],
    [":secret of all", 401],
    ["", 401],
  ])("%s is answered %i", async (as, expected) => {
    expect(await status(as)).toBe(expected);
  });

  test.each(["Basic", "Basic !!!", "Basic YQ==", "Basic YW5h OnNl", "Digest x", "Bearer", "Bearer a b", "x"])(
    "%s is no proof",
    async (authorization) => {
      expect(await status("", { authorization })).toBe(401);
    },
  );

  test("what is answered does not tell which users there are", async () => {
    const answers = [];
    for (const as of ["ana:wrong", "nobody:wrong", "root:wrong"]) answers.push(await http.post(path, {}, { as }));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });

  test("root needs leave to come with a password", async () => {
    await http.type(`set system root-authentication encrypted-password "${hashPassword("r")}"`, "commit");
    expect(await status("root:r")).toBe(401);
    await http.type("set system services ssh root-login allow", "commit");
    expect(await status("root:r")).toBe(200);
  });

  test("a password that was right is not right any more when the user has another, or is gone", async () => {
    expect(await status("ana:secret of all")).toBe(200);
    await http.type(`set system login user ana authentication encrypted-password "${hashPassword("new")}"`, "commit");
    expect(await status("ana:secret of all")).toBe(401);
    expect(await status("ana:new")).toBe(200);
    await http.type("delete system login user ana", "commit");
    expect(await status("ana:new")).toBe(401);
  });

  test("each failure makes its address wait longer; who was let in before does not wait", async () => {
    expect(await status("ana:secret of all")).toBe(200);
    const tried = [];
    for (let i = 0; i < 4; i++) tried.push(await status("bo:wrong"));
    expect(tried).toEqual([401, 401, 401, 429]);
    const late = await http.post(path, {}, { as: "bo:secret of all" });
    expect(late).toMatchObject({ status: 429, headers: { "retry-after": "5" } });
    expect(await status("ana:secret of all")).toBe(200);
    http.clocks.pass(5_001);
    expect(await status("bo:wrong")).toBe(401);
    http.clocks.pass(5_001);
    expect(await status("bo:secret of all")).toBe(429);
    http.clocks.pass(5_000);
    expect(await status("bo:secret of all")).toBe(200);
  });

  test("passwords that come all at once are not taken for wrong because of that", async () => {
    const all = await Promise.all(Array.from({ length: 60 }, () => status("ana:secret of all").catch(() => 0)));
    expect(all.filter((one) => one === 401)).toEqual([]);
    expect(all).toContain(200);
    expect(await status("ana:secret of all")).toBe(200);
  });

  test("a user with too many failures is locked out, everywhere", async () => {
    await http.type("set system login retry-options lockout-period 1", "commit");
    for (let i = 0; i < 3; i++) {
      expect(await status("bo:wrong")).toBe(401);
      http.clocks.pass(10_000);
    }
    expect(http.gateway.logins.lockouts.isLocked("bo")).toBe(true);
    http.clocks.pass(20_000);
    expect(await status("bo:secret of all")).toBe(401);
    http.clocks.pass(60_000);
    expect(await status("bo:secret of all")).toBe(200);
  });

  test("the audit log hears of logins, failures and commands; the login ends with its connection", async () => {
    const heard: string[] = [];
    using _listening = http.gateway.logins.audit.listen(({ name, message }) => heard.push(`${name} ${message}`));
    await status("bo:wrong");
    await status("bo:secret of all");
    for (let i = 0; i < 100 && http.gateway.logins.list().length > 0; i++) await new Promise(setImmediate);
    expect(heard).toEqual([
      "SSHD_LOGIN_FAILED Login failed for user 'bo' from host '127.0.0.1'",
      expect.stringMatching(/^UI_LOGIN_EVENT User 'bo' login, class 'read-only' .* client-mode 'rest'$/),
      "UI_CMDLINE_READ_LINE User 'bo', command 'show version'",
      "UI_LOGOUT_EVENT User 'bo' logout",
    ]);
  });
});

describe("tokens", () => {
  const make = async (
    rest: object,
    as = http.as("ana"),
  ): Promise<{ status: number; token: string; detail?: string }> => {
    const answer = await http.post("/v1/operation/request-system-api-token-create", rest, as);
    const body = JSON.parse(answer.text) as { data?: { token: string }; detail?: string };
    return {
      status: answer.status,
      token: body.data?.token ?? "",
      ...(body.detail !== undefined && { detail: body.detail }),
    };
  };

  test("stand for their user, in another process too, and are never told again", async () => {
    const { token } = await make({ name: "ci" });
    expect(token).toMatch(/^merlon_[A-Za-z0-9_-]{43}$/);
    expect(await status(token)).toBe(200);
    expect(await status(`${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`)).toBe(401);
    expect(await http.type("show system api-tokens")).toMatch(/^NAME.*\nci +ana +- +2026-11-22 06:30 UTC +-\n$/);
    expect(await http.type("show system api-tokens | display json")).not.toContain(token.slice(-20));
  });

  test("are limited by a class, and by what their user may do now", async () => {
    const { token } = await make({ name: "metrics", class: "read-only" });
    expect(await status(token)).toBe(200);
    const clear = (as: string) => http.post("/v1/operation/clear-security-policies-hit-count", {}, { as });
    expect((await clear(token)).status).toBe(403);
    const { token: whole } = await make({ name: "whole" });
    expect((await clear(whole)).status).toBe(200);
    await http.type("set system login user ana class read-only", "commit");
    expect((await clear(whole)).status).toBe(403);
    await http.type("delete system login user ana", "commit");
    expect(await status(whole)).toBe(401);
  });

  test("expire, and can be deleted", async () => {
    const { token } = await make({ name: "week", days: 7 });
    http.clocks.pass(7 * 24 * 3600 * 1000 - 1);
    expect(await status(token)).toBe(200);
    http.clocks.pass(1);
    expect(await status(token)).toBe(401);
    expect(await http.type("show system api-tokens")).toContain("(expired)");
    const { token: other } = await make({ name: "other" });
    expect(await http.type("request system api-token delete other")).toBe("Token other deleted\n");
    expect(await status(other)).toBe(401);
    expect(await http.type("request system api-token delete other")).toMatch(/^error: there is no token other/);
  });

  test.each([
    [{ name: "bad name" }, "a name"],
    [{ name: "x", user: "nobody" }, "there is no user nobody"],
    [{ name: "x", class: "nothing" }, "there is no login class nothing"],
    [{ name: "x", days: 0 }, "0"],
  ])("%j is refused", async (request, words) => {
    expect(await make(request)).toMatchObject({ status: 422, detail: expect.stringContaining(words) as string });
  });

  test("only who may do everything makes and sees those of others", async () => {
    await http.type("set system login class ops permissions [ view maintenance ]", "set system login user cy class ops", "commit"); // prettier-ignore
    expect(await make({ name: "of-bo", user: "bo" })).toMatchObject({ status: 200 });
    expect(await make({ name: "x", user: "ana" }, http.as("cy"))).toMatchObject({ status: 422 });
    expect(await make({ name: "own" }, http.as("cy"))).toMatchObject({ status: 200 });
    const seen = await http.post("/v1/operation/show-system-api-tokens", {}, http.as("cy"));
    expect((JSON.parse(seen.text) as { data: { name: string }[] }).data.map(({ name }) => name)).toEqual(["own"]);
    const gone = await http.post("/v1/operation/request-system-api-token-delete", { name: "of-bo" }, http.as("cy"));
    expect(gone.status).toBe(422);
    expect(await make({ name: "own" })).toMatchObject({
      status: 422,
      detail: expect.stringContaining("already") as string,
    });
  });

  test("one that is limited makes none that is not", async () => {
    await http.type("set system login class keeps permissions [ view maintenance ]", "commit");
    const { token } = await make({ name: "keeps", class: "keeps" });
    for (const request of [{ name: "more" }, { name: "more", class: "keeps" }, { name: "more", user: "bo" }])
      expect(await make(request, { as: token })).toMatchObject({
        status: 422,
        detail: expect.stringContaining("permission denied") as string,
      });
    expect(await make({ name: "more" })).toMatchObject({ status: 200 });
  });

  test("an answer that goes on ends with its token", async () => {
    await http.type("set system login class hears permissions [ view trace ]", "commit");
    const { token } = await make({ name: "hears", class: "hears" });
    const answer = http.ask("/v1/events", { as: token });
    while (http.gateway.events.subscriberCount === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    http.gateway.events.publish({ kind: "lost", source: "packets", count: 1 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await http.type("request system api-token delete hears");
    http.gateway.events.publish({ kind: "lost", source: "packets", count: 2 });
    expect((await answer).text).toBe('{"kind":"lost","source":"packets","count":1}\n');
  });

  test("a damaged file opens nothing, and is not replaced", async () => {
    await writeFile(http.gateway.store.tokensPath, "{}\n{}\n[]\n");
    expect(await status(`merlon_${"A".repeat(43)}`)).toBe(503);
    expect((await make({ name: "x" })).status).toBe(503);
    expect(await status("ana:secret of all")).toBe(200);
  });
});
