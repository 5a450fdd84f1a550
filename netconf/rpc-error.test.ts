// Errors: printed as RFC 6241 has them, and read again wherever they stand in a reply.

import { expect, test } from "vitest";
import { parseXml } from "./parse-xml.ts";
import { printElement } from "./print-element.ts";
import { errorElement, readErrors } from "./rpc-error.ts";

test("an error with everything", () => {
  const printed = printElement(
    errorElement({
      type: "application",
      tag: "lock-denied",
      severity: "error",
      message: "locked & held",
      path: "[edit system]",
      badElement: "x",
      badAttribute: "y",
      sessionId: 0,
      line: 3,
      column: 7,
    }),
  );
  expect(printed.split("\n")).toEqual([
    "<rpc-error>",
    "<error-type>application</error-type>",
    "<error-tag>lock-denied</error-tag>",
    "<error-severity>error</error-severity>",
    "<error-path>[edit system]</error-path>",
    "<error-message>locked &amp; held</error-message>",
    "<error-info>",
    "<bad-attribute>y</bad-attribute>",
    "<bad-element>x</bad-element>",
    "<session-id>0</session-id>",
    "<line-number>3</line-number>",
    "<column>7</column>",
    "</error-info>",
    "</rpc-error>",
  ]);
});

test("errors are found at any depth, in order, with what they leave out", () => {
  const inner =
    "<rpc-error><error-severity>warning</error-severity><error-message>\n late \n</error-message></rpc-error>";
  const text = `<rpc-reply><load-configuration-results><rpc-error><error-tag>data-missing</error-tag><error-path>/a</error-path><error-info><bad-element>b</bad-element></error-info></rpc-error>${inner}</load-configuration-results></rpc-reply>`;
  expect(readErrors(parseXml(text))).toEqual([
    { tag: "data-missing", severity: "error", message: "", path: "/a", badElement: "b" },
    { tag: "operation-failed", severity: "warning", message: "late" },
  ]);
  expect(readErrors(parseXml("<rpc-reply><ok/></rpc-reply>"))).toEqual([]);
});
