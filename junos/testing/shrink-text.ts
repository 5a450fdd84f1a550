// A smaller text that still fails: pieces are left out, large ones first, as long as the failure stays. What is left is
// what somebody has to look at.

/** The least that was found within `triesMax` tries; the text itself when nothing may be left out. */
export function shrinkText(text: string, fails: (text: string) => boolean, triesMax = 2_000): string {
  let tries = 0;
  let least = text;
  const attempt = (candidate: string): boolean => {
    tries += 1;
    if (!fails(candidate)) return false;
    least = candidate;
    return true;
  };
  for (
    let size = Math.ceil(text.length / 2);
    size >= 1 && tries < triesMax;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < least.length && tries < triesMax;) {
      // What was left out is replaced by what follows, so the place stays.
      if (!attempt(least.slice(0, at) + least.slice(at + size))) at += size;
    }
  }
  return least;
}
