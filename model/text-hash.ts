// A short number for a name that has to fit where the name does not: a kernel's device, a packet mark, a zone of sessions.
// Two names may have the same, so whoever uses it says what happens then.

/** FNV-1a (draft-eastlake-fnv), 32 bits, of the UTF-16 units of a text. */
export function hash32(text: string): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193);
  return hash >>> 0;
}
