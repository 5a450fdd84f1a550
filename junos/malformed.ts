// Ends the reading of an XML or JSON document that is not well formed. It never leaves the reader, which makes a diagnostic
// of it.

export class Malformed extends Error {
  override readonly name = "Malformed";
  /** Where the mistake begins and ends in the text. */
  readonly first: number;
  readonly end: number;
  readonly hint: string;

  constructor(message: string, first: number, end: number, hint: string) {
    super(message);
    this.first = first;
    this.end = end;
    this.hint = hint;
  }
}
