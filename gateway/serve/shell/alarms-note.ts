// What a shell says of alarms when it begins: how many there are, and where to read them.

export function alarmsNote(count: number): string {
  return count === 0 ? "" : `${count} alarm${count === 1 ? "" : "s"} active; "show system alarms" lists them\r\n`;
}
