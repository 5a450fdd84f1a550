// Plain data that says the same as before becomes the very objects that stood there before, so that whoever comes next
// tells by `===` what a change left alone.

/** `now` in the objects of `before` as far as both are equal; `before` itself when nothing differs. */
export function shareEqual<T>(before: T, now: T): T {
  return share(before, now) as T;
}

function share(before: unknown, now: unknown): unknown {
  if (Object.is(before, now)) return before;
  if (!isObject(before) || !isObject(now) || Object.getPrototypeOf(before) !== Object.getPrototypeOf(now)) return now;
  if (Array.isArray(now)) return shareList(before as unknown as readonly unknown[], now);
  if (now instanceof Map) return shareMap(before as unknown as ReadonlyMap<unknown, unknown>, now);
  if (now instanceof Set) return shareSet(before as unknown as ReadonlySet<unknown>, now);
  return Object.getPrototypeOf(now) === Object.prototype ? shareRecord(before, now) : now;
}

type PlainObject = Readonly<Record<string | symbol, unknown>>;

function isObject(value: unknown): value is PlainObject {
  return typeof value === "object" && value !== null;
}

function shareList(before: readonly unknown[], now: readonly unknown[]): readonly unknown[] {
  const shared = now.map((value, at) => (at < before.length ? share(before[at], value) : value));
  return before.length === shared.length && shared.every((value, at) => Object.is(value, before[at])) ? before : shared;
}

function shareRecord(before: PlainObject, now: PlainObject): PlainObject {
  const keys = Reflect.ownKeys(now);
  const shared: Record<string | symbol, unknown> = {};
  let same = keys.length === Reflect.ownKeys(before).length;
  for (const key of keys) {
    const known = Object.hasOwn(before, key);
    shared[key] = known ? share(before[key], now[key]) : now[key];
    same &&= known && Object.is(shared[key], before[key]);
  }
  return same ? before : shared;
}

/** The order counts. */
function shareMap(before: ReadonlyMap<unknown, unknown>, now: ReadonlyMap<unknown, unknown>): unknown {
  const keys = before.keys();
  const shared = new Map<unknown, unknown>();
  let same = before.size === now.size;
  for (const [key, value] of now) {
    const known = before.get(key);
    const one = share(known, value);
    shared.set(key, one);
    same &&= Object.is(keys.next().value, key) && Object.is(one, known);
  }
  return same ? before : shared;
}

function shareSet(before: ReadonlySet<unknown>, now: ReadonlySet<unknown>): unknown {
  const values = before.values();
  return before.size === now.size && now.values().every((value) => Object.is(value, values.next().value))
    ? before
    : now;
}
