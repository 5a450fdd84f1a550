// Passwords that are asked for, and what becomes of lines that name none.

import { expect, test } from "vitest";
import { withPassword } from "./typed-password.ts";

const at = "set system root-authentication";

test.each<[line: string, caller: { text?: string; asks?: boolean }, expected: unknown]>([
  ["set system host-name a", {}, "set system host-name a"],
  [`${at} plain-text-password-value abc`, {}, `${at} plain-text-password-value abc`],
  [`${at} plain-text-password-value plain-text-password`, {}, `${at} plain-text-password-value plain-text-password`],
  [
    "delete system root-authentication plain-text-password",
    {},
    "delete system root-authentication plain-text-password",
  ],
  [`${at} plain-text-password`, { text: "abc\nabc" }, `${at} plain-text-password-value abc`],
  [`${at} plain-text-password-value `, { text: "abc\nabc\n" }, `${at} plain-text-password-value abc`],
  [`${at} plain-text-password`, { text: 'a b"c\na b"c' }, String.raw`${at} plain-text-password-value "a b\"c"`],
  [`${at} plain-text-password`, { text: "abc\nabd" }, expect.objectContaining({ ok: false })],
  [`${at} plain-text-password`, { text: "\n" }, expect.objectContaining({ ok: false })],
  [`${at} plain-text-password`, {}, expect.objectContaining({ ok: false })],
  [
    `${at} plain-text-password`,
    { asks: true },
    expect.objectContaining({
      ok: true,
      questions: [
        { text: "New password:", secret: true },
        { text: "Retype new password:", secret: true },
      ],
    }),
  ],
])("%s %j", (line, caller, expected) => {
  expect(withPassword(line, caller)).toEqual(expected);
});
