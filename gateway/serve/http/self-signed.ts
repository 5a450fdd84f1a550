// A certificate that the gateway makes for itself, where the configuration names none: X.509 v3 (RFC 5280) with a key on the
// curve P-256, signed by itself. Clients cannot know it beforehand, but they can remember it.

import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";

export interface CertificateFacts {
  readonly commonName: string;
  /** Other names of the host, for clients that know it as one of them. */
  readonly dnsNames: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Key and certificate in PEM, one behind the other. */
export function makeSelfSigned(facts: CertificateFacts): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const body = toBeSigned(facts, key);
  const signature = sign("sha256", body, key);
  const certificate = sequence(body, ecdsaWithSha256, bitString(signature));
  return `${key}${pem("CERTIFICATE", certificate)}`;
}

/** TBSCertificate (RFC 5280, 4.1). */
function toBeSigned({ commonName, dnsNames, notBefore, notAfter }: CertificateFacts, key: string): Buffer {
  const publicKey = createPublicKey(createPrivateKey(key)).export({ type: "spki", format: "der" });
  const name = sequence(der(0x31, sequence(objectId(2, 5, 4, 3), der(0x0c, Buffer.from(commonName)))));
  return sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(randomBytes(16)),
    ecdsaWithSha256,
    name,
    sequence(time(notBefore), time(notAfter)),
    name,
    publicKey,
    der(0xa3, sequence(...extensions(dnsNames))),
  );
}

function extensions(dnsNames: readonly string[]): readonly Buffer[] {
  const names = dnsNames.map((name) => der(0x82, Buffer.from(name, "ascii")));
  return [
    // It may be named as an authority by clients that trust it, and signs nothing but itself.
    extension(objectId(2, 5, 29, 19), sequence(boolean(true), integer(Buffer.from([0]))), true),
    // digitalSignature, keyCertSign
    extension(objectId(2, 5, 29, 15), der(0x03, Buffer.from([2, 0x84])), true),
    // serverAuth, clientAuth
    extension(objectId(2, 5, 29, 37), sequence(...[1, 2].map((use) => objectId(1, 3, 6, 1, 5, 5, 7, 3, use)))),
    extension(objectId(2, 5, 29, 17), sequence(...names)),
  ];
}

function extension(id: Buffer, value: Buffer, critical = false): Buffer {
  return critical ? sequence(id, boolean(true), der(0x04, value)) : sequence(id, der(0x04, value));
}

// Distinguished encoding (X.690): a tag, a length, the content.

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const digits = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, "0"), "hex");
  return Buffer.concat([Buffer.from([tag, 0x80 | digits.length]), digits, content]);
}

function sequence(...contents: readonly Buffer[]): Buffer {
  return der(0x30, ...contents);
}

/** Positive, of the shortest form: a first bit that is set would make it negative. */
function integer(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const short = first < 0 ? Buffer.from([0]) : bytes.subarray(first);
  return der(0x02, (short[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), short]) : short);
}

function boolean(value: boolean): Buffer {
  return der(0x01, Buffer.from([value ? 0xff : 0]));
}

function bitString(bytes: Buffer): Buffer {
  return der(0x03, Buffer.from([0]), bytes);
}

/** UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280, 4.1.2.5). */
function time(date: Date): Buffer {
  const digits = `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, "")}Z`;
  return date.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
}

function objectId(first: number, second: number, ...arcs: readonly number[]): Buffer {
  const bytes = arcs.flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let rest = arc >> 7; rest > 0; rest >>= 7) groups.unshift((rest & 0x7f) | 0x80);
    return groups;
  });
  return der(0x06, Buffer.from([first * 40 + second, ...bytes]));
}

const ecdsaWithSha256 = sequence(objectId(1, 2, 840, 10045, 4, 3, 2));

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
