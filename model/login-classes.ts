// The login classes that are there without being configured, with their permissions. They cannot be changed: a class of such a
// name in the configuration is not asked.

export const predefinedClasses: Readonly<Record<string, readonly string[]>> = {
  "super-user": ["all"],
  superuser: ["all"],
  operator: ["clear", "network", "reset", "trace", "view"],
  "read-only": ["view"],
  unauthorized: [],
};
