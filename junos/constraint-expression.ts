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

/**
 * What is wrong where the expression is false, as the end of a sentence that begins with the statement: `cannot stand
 * beside "x"`, `cannot stand here: it needs "y"`. Names stand in place of `$$`.
 */
export function describeViolation(
  expression: Expression,
  value: string,
  count: (words: readonly string[]) => number | undefined,
): string {
  const root = withNotInside(expression);
  const { beside, needs } = wrongOf(root, value, count);
  const [others, wanted] =
    root.kind === "and" ? [beside.join(" or "), needs.join(" and ")] : [beside.join(" and "), needs.join(" or ")];
  if (others === "") return `cannot stand here: it needs ${wanted}`;
  if (wanted === "") return `cannot stand beside ${others}`;
  return `cannot stand beside ${others} ${root.kind === "and" ? "or without" : "without"} ${wanted}`;
}

/** The same expression, in which `not` stands before paths alone. */
function withNotInside(expression: Expression, negated = false): Expression {
  switch (expression.kind) {
    case "path":
      return negated ? { kind: "not", part: expression } : expression;
    case "not":
      return withNotInside(expression.part, !negated);
    case "and":
    case "or": {
      const kind = (expression.kind === "and") === negated ? "or" : "and";
      return { kind, parts: expression.parts.map((part) => withNotInside(part, negated)) };
    }
  }
}

/** What stands and must not, and what does not stand and must. */
interface Wrong {
  readonly beside: readonly string[];
  readonly needs: readonly string[];
}

function wrongOf(
  expression: Expression,
  value: string,
  count: (words: readonly string[]) => number | undefined,
): Wrong {
  switch (expression.kind) {
    case "path":
      return { beside: [], needs: [describePath(expression, value)] };
    case "not":
      return { beside: wrongOf(expression.part, value, count).needs, needs: [] };
    case "and":
    case "or": {
      const wrong = expression.parts
        .filter((part) => evaluate(part, count) === false)
        .map((part) => wrongOf(part, value, count));
      const once = (texts: readonly string[]) => [...new Set(texts)];
      return { beside: once(wrong.flatMap(({ beside }) => beside)), needs: once(wrong.flatMap(({ needs }) => needs)) };
    }
  }
}

function describePath({ words, quantifier }: Extract<Expression, { kind: "path" }>, value: string): string {
  const named = words
    .filter((word) => word !== ".." && word !== ".")
    .map((word) =>
      word
        .replace(/^\$\$=\{(.*)\}$/, "$1")
        .replace("$$", value)
        .replace("<*>", "…"),
    );
  return `${quantifier === "unique" ? "only one " : ""}"${named.join(" ")}"`;
}
