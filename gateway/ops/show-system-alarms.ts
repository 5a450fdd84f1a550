// `show system alarms`, `show chassis alarms`: what is wrong now. The gateway has no chassis of its own whose alarms it
// could know, so both tell of the whole.

import type { Alarm } from "../alarms.ts";
import { alarmsReply, alarmsText } from "./alarm-reply.ts";
import { operation } from "./operation.ts";

export const showSystemAlarms = operation<readonly Alarm[]>({
  command: "show system alarms",
  help: "Show what is wrong now",
  parameters: [],
  run: async ({ alarms }) => alarms.list(),
  text: alarmsText,
  rpc: { name: "get-system-alarm-information", reply: alarmsReply },
});

export const showChassisAlarms = operation<readonly Alarm[]>({
  command: "show chassis alarms",
  help: "Show what is wrong now",
  parameters: [],
  run: async ({ alarms }) => alarms.list(),
  text: alarmsText,
  rpc: { name: "get-alarm-information", reply: alarmsReply },
});
