// The certificates of an HTTPS listener: its own, by name from the folder `tls` of the state directory or made once and kept,
// and those of the authorities that sign the certificates of clients. A file that is damaged is never replaced.

import { X509Certificate, createPrivateKey } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import type { SecureContextOptions } from "node:tls";
import { readIfThere, writeDurably } from "../../store/durable-file.ts";
import type { TlsSettings } from "./http-settings.ts";
import { makeSelfSigned } from "./self-signed.ts";

const ownName = "self-signed";
const lifeMs = 10 * 365 * 24 * 3600 * 1000;
/** A clock that is a day behind does not make it a certificate of the future. */
const earlierMs = 24 * 3600 * 1000;

export interface CertificatePlace {
  /** `NAME.pem`: certificates, the gateway's first, and their key in one file. */
  readonly folder: string;
  readonly hostName: string;
  readonly nowMs: number;
}

/** What TLS is served with. Throws with a sentence when a file is missing or is not what it should be. */
export async function readTls(
  { certificate, authority, ciphers }: TlsSettings,
  place: CertificatePlace,
): Promise<SecureContextOptions> {
  const own = certificate === undefined ? await selfSigned(place) : await named(place.folder, certificate);
  checkCertificate(own.text, own.path);
  const trusted = authority === undefined ? undefined : await named(place.folder, authority);
  const context: SecureContextOptions = {
    key: own.text,
    cert: own.text,
    minVersion: "TLSv1.2",
    honorCipherOrder: true,
    ...(trusted !== undefined && { ca: trusted.text }),
    ...(ciphers !== undefined && { ciphers: withTls13(ciphers) }),
  };
  // What OpenSSL does not take is found here and not at the first client.
  createSecureContext(context);
  return context;
}

/** Without a cipher of TLS 1.3 there would be no TLS 1.3. */
function withTls13(ciphers: string): string {
  return ciphers.includes("TLS_") ? ciphers : `TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:${ciphers}`;
}

interface PemFile {
  readonly path: string;
  readonly text: string;
}

async function named(folder: string, name: string): Promise<PemFile> {
  const path = join(folder, `${name}.pem`);
  const text = await readIfThere(path);
  if (text === undefined) throw new Error(`there is no certificate ${name}: put it, with its key, into ${path}`);
  return { path, text };
}

async function selfSigned({ folder, hostName, nowMs }: CertificatePlace): Promise<PemFile> {
  const path = join(folder, `${ownName}.pem`);
  const known = await readIfThere(path);
  if (known !== undefined) return { path, text: known };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const notBefore = new Date(nowMs - earlierMs);
  const dnsNames = [...new Set([hostName, "localhost"])];
  const text = makeSelfSigned({ commonName: hostName, dnsNames, notBefore, notAfter: new Date(nowMs + lifeMs) });
  await writeDurably(path, text);
  return { path, text };
}

function checkCertificate(text: string, path: string): void {
  try {
    const certificate = new X509Certificate(text);
    if (certificate.checkPrivateKey(createPrivateKey(text))) return;
  } catch (cause) {
    throw new Error(`${path} does not hold a certificate and its key in PEM; restore it, or delete it`, { cause });
  }
  throw new Error(`the key in ${path} is not that of the certificate`);
}
