// What `system services rest` wants served: listeners with addresses, limits and certificates. Pure: two settings that are
// equal need no new listener.

import { formatIp } from "@merlon/model/ip/address.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";

export interface HttpSettings {
  /** `http 192.0.2.1 3000`: no two listeners of a plan have the same. */
  readonly name: string;
  /** Absent: all addresses of the gateway. What may reach them is decided by `host-inbound-traffic` of the zones. */
  readonly address?: string;
  readonly port: number;
  /** Of all listeners together. */
  readonly connectionsMax: number;
  /** Addresses that requests are taken from; empty: all. */
  readonly allowedSources: readonly string[];
  readonly tls?: TlsSettings;
}

export interface TlsSettings {
  /** The name of the certificate's file; absent: the one that the gateway has made for itself. */
  readonly certificate?: string;
  /** The name of the file with the authorities that sign the certificates of clients; absent: no client needs one. */
  readonly authority?: string;
  /** For TLS 1.2, in the words of OpenSSL; absent: the usual ones. TLS 1.3 chooses for itself. */
  readonly ciphers?: string;
}

export interface HttpPlan {
  readonly settings: readonly HttpSettings[];
  /** Why a configured service is not served. */
  readonly problems: readonly string[];
}

const connectionsMaxDefault = 64;
const connectionsMaxMost = 1024;

// What is not here is weak. Whoever asks for nothing else is not served.
const ciphers: Readonly<Record<string, string>> = {
  "ecdhe-rsa-with-aes-128-gcm-sha256": "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256",
  "ecdhe-rsa-with-aes-256-gcm-sha384": "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384",
  "dhe-rsa-with-aes-128-gcm-sha256": "DHE-RSA-AES128-GCM-SHA256",
  "dhe-rsa-with-aes-256-gcm-sha384": "DHE-RSA-AES256-GCM-SHA384",
  "tls-aes-128-gcm-sha256": "TLS_AES_128_GCM_SHA256",
  "tls-aes-256-gcm-sha384": "TLS_AES_256_GCM_SHA384",
};

/** `always`: plain HTTP is served whatever the configuration says, on a socket that is there already. */
export function planHttp(configuration: Configuration, always = false): HttpPlan {
  const rest = configuration.system?.services?.rest;
  const problems: string[] = [];
  const limit = rest?.control?.connectionLimit ?? connectionsMaxDefault;
  const common = {
    connectionsMax: Math.min(Math.max(1, limit), connectionsMaxMost),
    allowedSources: (rest?.control?.allowedSources ?? []).map(formatIp),
  };
  const settings: HttpSettings[] = [];
  const add = (kind: string, port: number, addresses: readonly string[], tls?: TlsSettings): void => {
    for (const address of addresses.length === 0 ? [undefined] : addresses) {
      const own = { port, ...(address !== undefined && { address }), ...(tls !== undefined && { tls }) };
      settings.push({ name: `${kind} ${address ?? "*"} ${port}`, ...common, ...own });
    }
  };
  const { http, https } = rest ?? {};
  if (always) settings.push({ name: socketName, port: 0, ...common });
  else if (http !== undefined) add("http", http.port ?? 3000, http.addresses.map(formatIp));
  if (https !== undefined) {
    const tls = tlsOf(https, problems);
    if (tls !== undefined) add("https", https.port ?? 3443, https.addresses.map(formatIp), tls);
  }
  return { settings, problems };
}

/** The listener on a socket that was handed in. */
export const socketName = "http socket";

type Rest = NonNullable<NonNullable<NonNullable<Configuration["system"]>["services"]>["rest"]>;

function tlsOf(
  { serverCertificate, cipherList, mutualAuthentication }: NonNullable<Rest["https"]>,
  problems: string[],
): TlsSettings | undefined {
  const chosen = cipherList.flatMap((word) => ciphers[word] ?? []);
  if (cipherList.length > 0 && chosen.length === 0) {
    problems.push("HTTPS is not served: of the ciphers that the configuration lists none is offered here");
    return undefined;
  }
  const authority = mutualAuthentication?.certificateAuthority;
  return {
    ...(serverCertificate !== undefined && { certificate: serverCertificate }),
    ...(authority !== undefined && { authority }),
    ...(chosen.length > 0 && { ciphers: chosen.join(":") }),
  };
}
