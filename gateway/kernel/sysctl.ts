// Values below /proc/sys/net: the switches of forwarding and connection tracking. A name is checked against a pattern
// before it becomes a path, so that no text from a configuration can reach another file of the machine.
// Files are read synchronously: they are memory, and which network namespace they show depends on the calling thread.

import { readFileSync, writeFileSync } from "node:fs";
import { KernelFailure } from "./kernel.ts";

const nameLengthMax = 160;
const valueLengthMax = 128;

// As in sysctl(8), a dot separates and a slash stands for a dot in a name: `net.ipv4.conf.eth0/100.rp_filter`.
// A part never begins with a slash, so none can become `..`.
const namePattern = /^net(\.[A-Za-z0-9_@:-][A-Za-z0-9_@:/-]*){1,6}$/;
const valuePattern = /^[\x20-\x7e\t]+$/;

/** The file of a value such as `net.ipv4.ip_forward`. Throws `KernelFailure` for any name outside of `net.`. */
export function sysctlPath(name: string): string {
  if (name.length > nameLengthMax || !namePattern.test(name)) {
    throw new KernelFailure(`"${name.slice(0, nameLengthMax)}" is not the name of a network setting of the kernel`, "");
  }
  const parts = name.split(".").map((part) => part.replaceAll("/", "."));
  return `/proc/sys/${parts.join("/")}`;
}

export function checkSysctlValue(name: string, value: string): void {
  if (value.length <= valueLengthMax && valuePattern.test(value)) return;
  throw new KernelFailure(
    `the value for ${name} must be 1 to ${valueLengthMax} printable characters`,
    value.slice(0, 200),
  );
}

/** The value without its line end; undefined when this kernel has no such setting. */
export function readSysctl(name: string): string | undefined {
  const path = sysctlPath(name);
  try {
    return readFileSync(path, "utf8").trimEnd();
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new KernelFailure(`${name} cannot be read (${code})`, path, { cause: error });
  }
}

export function writeSysctl(name: string, value: string): void {
  const path = sysctlPath(name);
  checkSysctlValue(name, value);
  try {
    // `r+` and not `w`: a missing file shall be reported as missing, not as a failed creation.
    writeFileSync(path, value, { flag: "r+" });
  } catch (error) {
    throw new KernelFailure(writeRefusal(name, value, errorCode(error)), path, { cause: error });
  }
}

function writeRefusal(name: string, value: string, code: string): string {
  if (code === "ENOENT" || code === "ENOTDIR") return `this kernel has no setting ${name}`;
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return `${name} may not be written (${code}): run Merlon with CAP_NET_ADMIN and a writable /proc/sys/net`;
  }
  return `${name} does not take the value "${value}" (${code})`;
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
