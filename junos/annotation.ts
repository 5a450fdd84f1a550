// Annotations: the text kept between `/*` and `*/` before a statement. A text that would end the comment early or that
// holds control characters cannot be printed, so it is refused before it comes into the tree. What a comment of a file may
// hold, tabs and 65,536 characters, may stand in an annotation too, because it is one in every other form.

export const annotationLengthMax = 65_536;

/** Why the text cannot be an annotation, or undefined. */
export function annotationError(text: string): string | undefined {
  if (text.includes("*/")) return 'an annotation cannot hold "*/"';
  if (text.length > annotationLengthMax) return `an annotation has at most ${annotationLengthMax} characters`;
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) return "an annotation cannot hold control characters";
  return undefined;
}
