// Hellos: what is said, what is understood, and the framing that follows from both.

import { expect, test } from "vitest";
import { base10, base11, commonFraming, printHello, readHello, serverCapabilities } from "./hello.ts";
import { parseXml } from "./parse-xml.ts";

test("a hello is read again", () => {
  const read = readHello(parseXml(printHello(serverCapabilities, 4711)));
  expect([...(read?.capabilities ?? [])]).toEqual(serverCapabilities);
  expect(read?.sessionId).toBe(4711);
  expect(readHello(parseXml(printHello([base10])))).toEqual({ capabilities: new Set([base10]) });
});

test("capabilities have blanks around them, and other elements do not count", () => {
  const text = `<nc:hello xmlns:nc="x"><nc:capabilities><nc:capability>\n ${base11} </nc:capability><other/></nc:capabilities></nc:hello>`;
  expect(readHello(parseXml(text))).toEqual({ capabilities: new Set([base11]) });
});

test.each([
  "<rpc/>",
  "<hello/>",
  "<hello><capabilities/><session-id>0</session-id></hello>",
  "<hello><capabilities/><session-id>x</session-id></hello>",
])("%s is none", (text) => {
  expect(readHello(parseXml(text))).toBeUndefined();
});

test.each([
  [[base10, base11], [base10, base11], "chunked"],
  [[base10, base11], [base10], "end-of-message"],
  [[base10, base11], [base11], "chunked"],
  [[base10], [base10, base11], "end-of-message"],
  [[base10, base11], ["urn:other"], undefined],
  [[base10], [base11], undefined],
])("%j with %j is %s", (ours, theirs, framing) => {
  expect(commonFraming(new Set(ours), new Set(theirs))).toBe(framing);
});
