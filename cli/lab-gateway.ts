// `merlon lab gateway`: a gateway for trying things. It is the lab's; this command reads the words and hands over.

import type { Command } from "./command.ts";

export const labGateway: Command = {
  words: ["lab", "gateway"],
  summary: "Start a gateway for trying things, in namespaces of its own",
  arguments: "[--config FILE]",
  about: [
    "The data plane stands in a network namespace of its own, where the interfaces of the configuration exist; its management",
    "on 127.0.0.1 of the network that the command is started in. One line of JSON on standard output says when it is ready and",
    "where: event, ssh, netconf, http, socket, users, stateDirectory. SIGTERM ends it, and nothing of it remains. Needs no",
    "root where ordinary users may make namespaces.",
    "What the configuration serves is served on a free port where no port is given. Passwords in plain text become hashes.",
  ],
  options: {
    config: { value: "FILE", help: "the configuration, in any form; without it, that of a new gateway" },
    "ssh-port": { value: "P", help: "serve SSH on port P of 127.0.0.1; 0 means any" },
    "netconf-port": { value: "P", help: "serve NETCONF over SSH on port P; 0 means any" },
    "http-port": { value: "P", help: "hand a socket bound to port P to the gateway for HTTP; 0 means any" },
    user: { value: "NAME", help: "add a user of class super-user" },
    "password-file": { value: "F", help: "his password: the first line of the file F" },
    quiet: { help: "do not repeat what the gateway says" },
  },
  examples: [
    "merlon lab gateway --config srx.conf --netconf-port 8300",
    "merlon lab gateway --ssh-port 0 --user admin --password-file password.txt",
  ],
  positionalCountMin: 0,
  positionalCountMax: 0,
  run: (call, world) => {
    const values = Object.entries(call.values).flatMap(([name, value]) => [`--${name}`, value]);
    const switches = [...call.switches].map((name) => `--${name}`);
    return world.runMain("lab/main.ts", ["gateway", ...values, ...switches]);
  },
};
