// The contract of every kernel, over the guest's own. Its network is smaller than that of other stories, and the next test
// takes it away, because each program that is started for it takes the tenth part of a second here.

import { closeFile, enterNamespace, networkNamespace, openFile } from "@merlon/gateway/kernel/libc.ts";
import { describeKernel } from "@merlon/gateway/kernel/kernel.contract.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { runIp } from "@merlon/gateway/kernel/run-ip.ts";
import { enableForwarding } from "@merlon/gateway/kernel/story-network.ts";
import { addSessions } from "@merlon/gateway/kernel/story-sessions.ts";

const name = "contract";
const device = "toserver";
let standing = false;

describeKernel("the contract of a kernel", async () => {
  const make = `link add ${device} netns ${name} type veth peer name other netns ${name}`;
  await runIp([...(standing ? [`netns delete ${name}`] : []), `netns add ${name}`, make]);
  standing = true;
  const [home, inside] = [openFile("/proc/thread-self/ns/net"), openFile(`/run/netns/${name}`)];
  enterNamespace(inside, networkNamespace);
  const kernel = new LinuxKernel();
  await kernel.applyNetwork(["lo", device, "other"].map((each) => ({ kind: "set-link", device: each, up: true })));
  enableForwarding();
  return {
    kernel,
    device,
    addSessions: async (marks) => addSessions(marks),
    async [Symbol.asyncDispose]() {
      enterNamespace(home, networkNamespace);
      closeFile(home);
      closeFile(inside);
    },
  };
});
