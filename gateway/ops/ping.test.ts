// Echo requests over a network that answers, loses, delays and refuses: what is printed, and when a run ends.

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EchoAnswer, EchoProbe } from "../kernel/echo.ts";
import { KernelFailure } from "../kernel/kernel.ts";
import { busyGateway, ip } from "../testing/busy-gateway.ts";
import type { BusyGateway } from "../testing/busy-gateway.ts";
import { runCommand } from "../serve/command.ts";
import { typeAs } from "../testing/test-gateway.ts";

let busy: BusyGateway;
const type = (line: string): Promise<string> => typeAs(busy.gateway, "ana", line);

beforeEach(async () => {
  busy = await busyGateway(join(import.meta.dirname, "golden/gateway.conf"));
});
afterEach(() => rm(busy.folder, { recursive: true }));

/** Answers after so many milliseconds of the test's clock; undefined is no answer. */
function answering(delays: readonly (number | undefined)[], kind: EchoAnswer["kind"] = "reply"): void {
  busy.kernel.echo = ({ destination, sequence, payload }: EchoProbe): EchoAnswer | undefined => {
    const delayMs = delays[sequence];
    if (delayMs === undefined) return undefined;
    busy.clocks.pass(delayMs);
    return { kind, from: destination, sequence, code: 1, ttl: 60, lengthBytes: payload.length + 8 };
  };
}

describe("ping", () => {
  test("times are those of the even clock", async () => {
    answering([2, 4, 6]);
    expect(await type("ping 10.2.0.10 count 3 rapid")).toMatch(
      /^round-trip min\/avg\/max\/stddev = 2\.000\/4\.000\/6\.000\/1\.633 ms$/m,
    );
  });

  test.each([
    [[1, undefined, 1], "!.!", "33% packet loss"],
    [[undefined, undefined], "..", "100% packet loss"],
    [[1], "!", "0% packet loss"],
  ])("%j: %s", async (delays, marks, loss) => {
    answering(delays);
    const line = `ping 10.2.0.10 rapid count ${delays.length}`;
    const text = await type(line);
    expect(text.split("\n")[1]).toBe(marks);
    expect(text).toContain(loss);
    const { more } = await runCommand(busy.gateway, line, {
      user: "ana",
      via: "cli",
      signal: new AbortController().signal,
    });
    expect((await Array.fromAsync(more ?? [])).join("")).toBe(text);
  });

  test.each<[EchoAnswer["kind"], string]>([
    ["unreachable", "64 bytes from 10.2.0.10: Destination unreachable (icmp_seq=0)\n"],
    ["too-big", "64 bytes from 10.2.0.10: frag needed and DF set (icmp_seq=0)\n"],
    ["time-exceeded", "64 bytes from 10.2.0.10: Time to live exceeded (icmp_seq=0)\n"],
  ])("%s is said, and is no reply", async (kind, line) => {
    answering([1], kind);
    const text = await type("ping 10.2.0.10 count 1");
    expect(text).toContain(line);
    expect(text).toContain("1 packets transmitted, 0 packets received, 100% packet loss\n");
    expect(await type("ping 10.2.0.10 count 1 | display xml")).toContain("<ping-failure/>");
  });

  test("an answer that comes twice counts once", async () => {
    answering([1]);
    const one = busy.kernel.echo;
    busy.kernel.echo = (probe, options) => one({ ...probe, sequence: 0 }, options);
    expect(await type("ping 10.2.0.10 count 2 rapid")).toContain("2 packets transmitted, 1 packets received");
  });

  test("a request that cannot be sent is the answer of the whole, and a line of the pieces", async () => {
    busy.kernel.echo = () => {
      throw new KernelFailure("no route to 10.2.0.10", "ENETUNREACH");
    };
    expect(await type("ping 10.2.0.10 count 1")).toBe("error: no route to 10.2.0.10\n");
    const signal = new AbortController().signal;
    const { more } = await runCommand(busy.gateway, "ping 10.2.0.10 count 1 rapid", {
      user: "ana",
      via: "cli",
      signal,
    });
    expect((await Array.fromAsync(more ?? [])).join("")).toContain("ping: sendto: no route to 10.2.0.10\n");
  });

  test.each([
    ["ping 2001:db8::1 inet count 1", "error: 2001:db8::1 is no IPv4 address\n"],
    ["ping 10.0.0.1 inet6 count 1", "error: 10.0.0.1 is no IPv6 address\n"],
    ["ping 10.0.0.1 source 2001:db8::1 count 1", "error: 10.0.0.1 is no IPv6 address\n"],
    ["ping $(reboot) count 1", 'error: "$(reboot)" is no address and no name\n'],
    [`ping ${"a".repeat(60)}!`, `error: "${"a".repeat(60)}!" is no address and no name\n`],
    ["ping a..b", 'error: "a..b" is no address and no name\n'],
    ["ping -f count 1", 'error: "-f" is no address and no name\n'],
  ])("%s", async (line, expected) => {
    expect(await type(line)).toBe(expected);
  });

  test("options reach the kernel", async () => {
    let seen: unknown;
    busy.kernel.echo = (probe, options) => {
      seen = { ...options, ttl: probe.ttl, size: probe.payload.length };
      return undefined;
    };
    await type("ping 10.2.0.10 count 1 rapid source 10.1.0.1 interface ge-0/0/1.0 tos 16 ttl 9 size 5 do-not-fragment");
    expect(seen).toEqual({
      family: 4,
      source: ip("10.1.0.1"),
      device: "eth2",
      tos: 16,
      doNotFragment: true,
      ttl: 9,
      size: 5,
    });
  });
});

describe("traceroute", () => {
  const hops = (...from: readonly (string | undefined)[]): void => {
    busy.kernel.echo = ({ ttl, sequence, destination }) => {
      busy.clocks.pass(1);
      const router = from[ttl - 1];
      if (ttl > from.length) return { kind: "reply", from: destination, sequence, code: 0, lengthBytes: 52 };
      return router === undefined
        ? undefined
        : { kind: "time-exceeded", from: ip(router), sequence, code: 0, lengthBytes: 36 };
    };
  };

  test("names routers in their order, with stars for those that are silent", async () => {
    hops("10.0.0.1", undefined, "10.0.2.1");
    expect(await type("traceroute 10.2.0.10")).toBe(
      "traceroute to 10.2.0.10 (10.2.0.10), 30 hops max, 52 byte packets\n" +
        " 1  10.0.0.1 (10.0.0.1)  1.000 ms  1.000 ms  1.000 ms\n" +
        " 2  *  *  *\n" +
        " 3  10.0.2.1 (10.0.2.1)  1.000 ms  1.000 ms  1.000 ms\n" +
        " 4  10.2.0.10 (10.2.0.10)  1.000 ms  1.000 ms  1.000 ms\n",
    );
  });

  test("ends at the last hop that it may ask, and says that it did not arrive", async () => {
    hops(undefined, undefined, undefined);
    expect((await type("traceroute 10.2.0.10 ttl 2")).split("\n")).toHaveLength(4);
    expect(await type("traceroute 10.2.0.10 ttl 2 | display xml")).toContain("<traceroute-failure/>");
  });

  test("ends where a router knows no way", async () => {
    busy.kernel.echo = ({ sequence }) => ({
      kind: "unreachable",
      from: ip("10.0.0.1"),
      sequence,
      code: 1,
      lengthBytes: 36,
    });
    expect(await type("traceroute 10.2.0.10")).toContain(
      " 1  10.0.0.1 (10.0.0.1)  0.000 ms !H  0.000 ms !H  0.000 ms !H\n",
    );
  });

  test("two routers that answer in turn are both named", async () => {
    let turn = 0;
    busy.kernel.echo = ({ sequence }) => ({
      kind: "time-exceeded",
      from: ip(`10.0.0.${(turn++ % 2) + 1}`),
      sequence,
      code: 0,
      lengthBytes: 36,
    });
    expect(await type("traceroute 10.2.0.10 ttl 1")).toContain(
      " 1  10.0.0.1 (10.0.0.1)  0.000 ms  10.0.0.2 (10.0.0.2)  0.000 ms  10.0.0.1 (10.0.0.1)  0.000 ms\n",
    );
  });
});
