// The commit constraints of the original's grammar, read and evaluated against a tree. The language:
//
//   expression = term { "||" term }       term = factor { "&&" factor }
//   factor = "!" factor | "(" expression ")" | [ "any" | "all" | "unique" ] path
//   path = '"' word { " " word } '"'      ".." one level up, "." here, "$$" the own value, "$$={x}" the word x,
//                                         "<*>" any name, "${x}" the name of the list x above, else a statement or value
//
// A path is true when the statement stands there and is active. `unique`: it stands there once. What cannot be read, or
// leads to what we do not know of the original, is undefined, and a constraint that is undefined is kept by everybody.

export type Expression =
  | { readonly kind: "or" | "and"; readonly parts: readonly Expression[] }
  | { readonly kind: "not"; readonly part: Expression }
  | { readonly kind: "path"; readonly quantifier: "any" | "unique"; readonly words: readonly string[] };

const lengthMax = 16_384;
const depthMax = 64;

/** Undefined when the text is no expression of this language; `all` is not read. */
export function readExpression(text: string): Expression | undefined {
  if (text.length > lengthMax) return undefined;
  const tokens = text.match(/"[^"]*"|\|\||&&|[!()]|[a-z]+|\S/g) ?? [];
  const reader = new ExpressionReader(tokens);
  const expression = reader.or(0);
  return reader.atEnd ? expression : undefined;
}

class ExpressionReader {
  private readonly tokens: readonly string[];
  private at = 0;

  constructor(tokens: readonly string[]) {
    this.tokens = tokens;
  }

  get atEnd(): boolean {
    return this.at === this.tokens.length;
  }

  or(depth: number): Expression | undefined {
    return this.joined("||", "or", depth, () => this.joined("&&", "and", depth, () => this.factor(depth)));
  }

  private joined(
    mark: string,
    kind: "or" | "and",
    depth: number,
    read: () => Expression | undefined,
  ): Expression | undefined {
    if (depth > depthMax) return undefined;
    const parts: Expression[] = [];
    do {
      const part = read();
      if (part === undefined) return undefined;
      parts.push(part);
    } while (this.take(mark));
    return parts.length === 1 ? parts[0] : { kind, parts };
  }

  private factor(depth: number): Expression | undefined {
    if (this.take("!")) {
      const part = depth > depthMax ? undefined : this.factor(depth + 1);
      return part === undefined ? undefined : { kind: "not", part };
    }
    if (this.take("(")) {
      const inner = this.or(depth + 1);
      return this.take(")") ? inner : undefined;
    }
    const quantifier = this.take("unique") ? "unique" : "any";
    if (quantifier === "any") this.take("any");
    const token = this.tokens[this.at];
    const words =
      token?.startsWith('"') === true
        ? token
            .slice(1, -1)
            .split(" ")
            .filter((word) => word !== "")
        : [];
    if (words.length === 0) return undefined;
    this.at += 1;
    return { kind: "path", quantifier, words };
  }

  private take(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at += 1;
    return true;
  }
}

/** `count` says how many statements a path finds, or undefined when that cannot be known. */
export function evaluate(
  expression: Expression,
  count: (words: readonly string[]) => number | undefined,
): boolean | undefined {
  switch (expression.kind) {
    case "path": {
      const found = count(expression.words);
      if (found === undefined) return undefined;
      return expression.quantifier === "unique" ? found <= 1 : found > 0;
    }
    case "not": {
      const value = evaluate(expression.part, count);
      return value === undefined ? undefined : !value;
    }
    case "and":
    case "or": {
      const decisive = expression.kind === "or";
      const values = expression.parts.map((part) => evaluate(part, count));
      if (values.includes(decisive)) return decisive;
      return values.includes(undefined) ? undefined : !decisive;
    }
  }
}

/** The expression as part of a sentence, with names in place of `$$`. */
export function describeExpression(expression: Expression, value: string): string {
  switch (expression.kind) {
    case "path": {
      const words = expression.words
        .filter((word) => word !== ".." && word !== ".")
        .map((word) =>
          word
            .replace(/^\$\$=\{(.*)\}$/, "$1")
            .replace("$$", value)
            .replace("<*>", "…"),
        );
      return `${expression.quantifier === "unique" ? "only one " : ""}"${words.join(" ")}"`;
    }
    case "not":
      return `no ${describeExpression(expression.part, value)}`;
    case "and":
    case "or":
      return expression.parts.map((part) => describeExpression(part, value)).join(` ${expression.kind} `);
  }
}
