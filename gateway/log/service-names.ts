// The name of a session's service by protocol and destination port (`junos-http`), for logs. Configured applications
// come before the built-in ones; a service that several names share gets the first; none is `None`, as on the original.

import { predefinedApplications } from "@merlon/model/predefined-applications.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import type { KernelTuple } from "../kernel/kernel.ts";

export class ServiceNames {
  readonly #byPort = new Map<string, string>();

  constructor(configuration: Configuration | undefined) {
    for (const application of configuration?.applications?.application ?? []) {
      for (const term of [application, ...application.term]) {
        const port = term.destinationPort;
        if (term.protocol === undefined || port === undefined || port.first !== port.last) continue;
        this.#add(term.protocol, port.first, application.name);
      }
    }
    for (const [name, application] of predefinedApplications) {
      for (const term of application.terms) {
        if (term.kind === "ports" && term.destination.first === term.destination.last) {
          this.#add(term.protocol, term.destination.first, name);
        }
      }
    }
  }

  nameOf(tuple: KernelTuple): string {
    if (tuple.destinationPort !== undefined) {
      return this.#byPort.get(`${tuple.protocol}/${tuple.destinationPort}`) ?? "None";
    }
    return tuple.protocol === 1 ? "icmp" : tuple.protocol === 58 ? "icmpv6" : "None";
  }

  #add(protocol: number, port: number, name: string): void {
    const key = `${protocol}/${port}`;
    if (!this.#byPort.has(key)) this.#byPort.set(key, name);
  }
}
