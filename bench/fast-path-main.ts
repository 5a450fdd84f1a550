// What runs in the guest for the suite `fast-path`: Merlon with the kernel's flowtable, Merlon without it, and plain
// forwarding, in turn. Prints the measurements as one line of JSON.

import { parseArgs } from "node:util";
import { withFastDevices } from "@merlon/compiler/flow-options/fast-devices.ts";
import { CountedGateway } from "./counted-gateway.ts";
import type { CountedSubject } from "./counted-gateway.ts";
import { benchZones, generateRuleSet } from "./generate-rule-set.ts";
import type { Measurement } from "./measurement.ts";
import { preparePolicy } from "./prepare-policy.ts";
import { measureInTurn } from "./round-robin.ts";
import { shapeNamed } from "./rule-set-shape.ts";
import { subjectNamed } from "./subjects.ts";

const { values } = parseArgs({
  options: {
    policies: { type: "string", default: "300" },
    shape: { type: "string", default: "realistic" },
    rounds: { type: "string", default: "5" },
    duration: { type: "string", default: "150" },
  },
});
process.stdout.write(`${JSON.stringify(await measure())}\n`);

async function measure(): Promise<readonly Measurement[]> {
  const policy = preparePolicy(generateRuleSet(Number(values.policies), shapeNamed(values.shape)));
  await using stack = new AsyncDisposableStack();
  const gateways: { name: string; gateway: CountedGateway }[] = [];
  for (const counted of countedSubjects()) {
    const gateway = stack.use(await CountedGateway.start(counted, policy));
    gateways.push({ name: counted.subject.name, gateway });
  }
  return await measureInTurn({
    gateways,
    policies: policy.ruleSet.policyCount,
    rounds: Number(values.rounds),
    measure: (gateway) => gateway.sample(Number(values.duration)),
    onRound: (round) => process.stdout.write(`round ${round + 1} of ${values.rounds}\n`),
  });
}

function countedSubjects(): readonly CountedSubject[] {
  const merlon = subjectNamed("merlon");
  const devices = new Set(benchZones.map(({ device }) => device));
  const fast = {
    ...merlon,
    build: (policy: Parameters<typeof merlon.build>[0]) =>
      merlon.build({ ...policy, ir: withFastDevices(policy.ir, devices) }),
  };
  const slow = { ...merlon, name: "without-flowtable", title: "Merlon without a flowtable" };
  return [
    { subject: fast, fast: true },
    { subject: slow, fast: false },
    { subject: subjectNamed("plain"), fast: false },
  ];
}
