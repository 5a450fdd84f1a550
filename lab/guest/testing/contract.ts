// The contract of every kernel, over the guest's own. Its network is smaller than that of other stories, because each
// program that is started for it takes the tenth part of a second here.

import { closeFile, enterNamespace, networkNamespace, openFile } from "@merlon/gateway/kernel/libc.ts";
import { describeKernel } from "@merlon/gateway/kernel/kernel.contract.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { enableForwarding } from "@merlon/gateway/kernel/story-network.ts";
import { addSessions } from "@merlon/gateway/kernel/story-sessions.ts";
import { runIp } from "../../build-network.ts";

const name = "contract";
const device = "toserver";

describeKernel("the contract of a kernel", async () => {
  const make = `link add ${device} netns ${name} type veth peer name other netns ${name}`;
  await runIp([], [`netns add ${name}`, make]);
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
      await runIp([], [`netns delete ${name}`]);
    },
  };
});
