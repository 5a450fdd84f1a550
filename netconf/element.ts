// An element of XML as plain data: what replies are made of before they are written to a client.

export interface XmlElement {
  readonly name: string;
  /** In the order in which they are written. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Text, or elements in order; an empty list is an empty element. */
  readonly content: string | readonly XmlElement[];
}
