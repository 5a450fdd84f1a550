// Certificates: the one that the gateway makes, as others read it, those that are named, and those that are damaged.

import { X509Certificate, createPrivateKey } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeSelfSigned } from "./self-signed.ts";
import { readTls } from "./server-certificate.ts";

const nowMs = Date.UTC(2026, 10, 22);
const facts = {
  commonName: "gw1",
  dnsNames: ["gw1", "localhost"],
  notBefore: new Date(nowMs),
  notAfter: new Date(Date.UTC(2036, 10, 22)),
};

describe("a certificate of our own", () => {
  const text = makeSelfSigned(facts);
  const certificate = new X509Certificate(text);

  test("says whose it is, for how long, and for what", () => {
    expect(certificate.subject).toBe("CN=gw1");
    expect(certificate.issuer).toBe("CN=gw1");
    expect(certificate.subjectAltName).toBe("DNS:gw1, DNS:localhost");
    expect(certificate.validFromDate.getTime()).toBe(facts.notBefore.getTime());
    expect(certificate.validToDate.getTime()).toBe(facts.notAfter.getTime());
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
  });

  test("is signed by its own key", () => {
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(text))).toBe(true);
    expect(certificate.checkIssued(certificate)).toBe(true);
    expect(certificate.checkHost("localhost")).toBe("localhost");
    expect(certificate.checkHost("gw2")).toBeUndefined();
  });

  test("never has the same number, and holds times after 2049", () => {
    const numbers = Array.from({ length: 40 }, () => new X509Certificate(makeSelfSigned(facts)).serialNumber);
    expect(new Set(numbers).size).toBe(numbers.length);
    const late = new Date(Date.UTC(2051, 0, 2, 3, 4, 5));
    const far = new X509Certificate(makeSelfSigned({ ...facts, notAfter: late }));
    expect(far.validToDate.getTime()).toBe(late.getTime());
  });

  test("long names need longer lengths", () => {
    const dnsNames = Array.from({ length: 20 }, (_, i) => `host-${i}.${"long".repeat(10)}.example.net`);
    const long = new X509Certificate(makeSelfSigned({ ...facts, dnsNames, commonName: "x".repeat(64) }));
    expect(long.subjectAltName?.split(", ")).toHaveLength(20);
    expect(long.verify(long.publicKey)).toBe(true);
  });
});

describe("files", () => {
  let folder: string;
  // OpenSSL asks the clock of the machine.
  const place = () => ({ folder: join(folder, "tls"), hostName: "gw1", nowMs: Date.now() });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "merlon-tls-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test("one is made once, belongs to its owner, and serves", async () => {
    const context = await readTls({}, place());
    const path = join(folder, "tls/self-signed.pem");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "tls"))).mode & 0o777).toBe(0o700);
    expect(await readTls({}, place())).toEqual(context);
    expect(await answerOver(context, await readFile(path, "utf8"))).toBe("hello");
  });

  test("ciphers of TLS 1.2 do not take TLS 1.3 away", async () => {
    const { ciphers } = await readTls({ ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" }, place());
    expect(ciphers).toContain("TLS_AES_256_GCM_SHA384");
  });

  test.each([
    ["missing", undefined, /there is no certificate named: put it, with its key, into .*named\.pem/],
    ["empty", "", /does not hold a certificate and its key/],
    ["without a key", makeSelfSigned(facts).replace(/-+BEGIN PRIVATE[^]*?END PRIVATE KEY-+\n/, ""), /and its key/],
    ["with the key of another", makeSelfSigned(facts).replace(/-+BEGIN PRIVATE[^]*?END PRIVATE KEY-+\n/, "") + makeSelfSigned(facts).replace(/-+BEGIN CERT[^]*/, ""), /is not that of the certificate/],
  ])("one that is %s is not served, and not replaced", async (_, text, message) => {
    await readTls({}, place());
    const path = join(folder, "tls/named.pem");
    if (text !== undefined) await writeFile(path, text);
    await expect(readTls({ certificate: "named" }, place())).rejects.toThrow(message);
    if (text !== undefined) expect(await readFile(path, "utf8")).toBe(text);
  }); // prettier-ignore

  test("an authority that is not there is an error, not a listener for everybody", async () => {
    await expect(readTls({ authority: "ca" }, place())).rejects.toThrow(/there is no certificate ca/);
  });
});

async function answerOver(context: object, trusted: string): Promise<string> {
  const server = createServer(context, (_, response) => response.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const text = await new Promise<string>((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, servername: "localhost", ca: trusted }, (response) => {
      response.once("data", (chunk: Buffer) => resolve(chunk.toString()));
    });
    asked.on("error", reject).end();
  });
  server.closeAllConnections();
  server.close();
  return text;
}
