// The keys by which clients know this gateway again: made once, at the first start of a server, and kept in the state
// directory, readable by its owner alone. A key that cannot be read is not replaced: clients would be warned of an attacker.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import ssh2 from "ssh2";
import { readIfThere, writeDurably } from "../../store/durable-file.ts";

const { generateKeyPair, parseKey } = ssh2.utils;

export type HostKeyKind = "ed25519" | "ecdsa" | "rsa";

const lengths = { ed25519: undefined, ecdsa: 256, rsa: 3072 } as const satisfies Record<
  HostKeyKind,
  number | undefined
>;
const kinds = Object.keys(lengths) as readonly HostKeyKind[];

export interface HostKey {
  readonly kind: HostKeyKind;
  /** The private key in the format of OpenSSH. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA…`, for `known_hosts`. */
  readonly publicKey: string;
}

/** Reads the keys in `folder`, and makes those that are not there. Throws when one is damaged. */
export async function hostKeysIn(folder: string): Promise<readonly HostKey[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return Promise.all(kinds.map((kind) => hostKey(kind, join(folder, `host-key-${kind}`))));
}

async function hostKey(kind: HostKeyKind, path: string): Promise<HostKey> {
  const privateKey = (await readIfThere(path)) ?? (await make(kind, path));
  const parsed = parseKey(privateKey);
  if (parsed instanceof Error)
    throw new Error(`the host key ${path} cannot be read; restore it, or delete it to have a new one`, {
      cause: parsed,
    });
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined) throw new Error(`the host key ${path} is empty; restore it, or delete it to have a new one`);
  return { kind, privateKey, publicKey: `${key.type} ${key.getPublicSSH().toString("base64")}` };
}

async function make(kind: HostKeyKind, path: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const privateKey = await generate(kind);
    const parsed = parseKey(privateKey);
    if (!(parsed instanceof Error)) {
      await writeDurably(path, privateKey);
      return privateKey;
    }
    if (attempt === attemptsMax) throw new Error(`no host key of the kind ${kind} could be made`, { cause: parsed });
  }
}

/** One ed25519 key in some 300 that ssh2 (1.17) makes cannot be read again, by itself neither. */
const attemptsMax = 16;

function generate(kind: HostKeyKind): Promise<string> {
  const bits = lengths[kind];
  return new Promise<string>((resolve, reject) => {
    const done = (error: Error | null, pair: { readonly private: string }): void =>
      error === null ? resolve(pair.private) : reject(error);
    if (kind === "ed25519") generateKeyPair(kind, {}, done);
    else generateKeyPair(kind, { bits: bits ?? 256 }, done);
  });
}
