// The kernel did not take the configuration as written; it enforces what it enforced before.

export class NotEnforced extends Error {
  override readonly name = "NotEnforced";
}
