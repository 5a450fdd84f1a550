// `show security screen ids-option NAME`: what a screen checks, one line for each check with its threshold. Every screen that
// is configured is shown, also one that no zone has.

import { attacks } from "@merlon/compiler/screen/attacks.ts";
import { checksOfScreen } from "@merlon/compiler/screen/resolve-screens.ts";
import { attacksOf } from "@merlon/compiler/screen/screen.ts";
import type { ScreenCheck } from "@merlon/compiler/screen/screen.ts";
import { screenName } from "@merlon/model/schema/security-screen.ts";
import { OperationRefused, operation } from "./operation.ts";
import { field, group, reply } from "./reply.ts";
import { nameAsked } from "./screen-facts.ts";

export interface ScreenStatus {
  readonly name: string;
  readonly description: string;
  readonly rows: readonly ScreenStatusRow[];
}

interface ScreenStatusRow {
  readonly name: string;
  readonly value: number | "enabled";
}

const nameWidth = 42;

export const showSecurityScreenIdsOption = operation<ScreenStatus>({
  command: "show security screen ids-option",
  help: "Show what a screen checks",
  parameters: [
    {
      word: "screen-name",
      help: "The screen",
      type: screenName,
      names: [["security", "screen", "ids-option"]],
      positional: true,
    },
  ],
  run: async ({ running }, input) => {
    const configuration = running?.prepared.configuration;
    const options = configuration?.security?.screen?.idsOption ?? [];
    const name = nameAsked(input["screen-name"], options, "screen");
    const option = options.find((one) => one.name === name);
    if (configuration === undefined || option === undefined) throw new OperationRefused(`there is no screen ${name}`);
    const rows = [
      ...checksOfScreen(configuration, option).flatMap(rowsOf),
      ...(option.alarmWithoutDrop === true ? [{ name: "Alarm without drop", value: "enabled" as const }] : []),
    ];
    return { name, description: option.description ?? "", rows };
  },
  text: ({ rows, description }) => {
    const row = (name: string, value: string | number) => `  ${name.padEnd(nameWidth)} ${value}\n`;
    const about = description === "" ? "" : `Description: ${description}\n`;
    return `Screen object status:\n\n${about}${row("Name", "Value")}${rows.map(({ name, value }) => row(name, value)).join("")}`;
  },
  rpc: {
    name: "get-security-screen-ids-status",
    reply: ({ rows, description }) =>
      reply(
        "show-ids-status",
        "junos-screen",
        description === "" ? undefined : field("ids-description", description),
        group("ids-status-header", field("ids-status-header-name", "Name"), field("ids-status-header-value", "Value")),
        rows.map(({ name, value }) =>
          group("ids-status", field("ids-status-name", name), field("ids-status-value", value)),
        ),
      ),
  },
});

function rowsOf(check: ScreenCheck): readonly ScreenStatusRow[] {
  const titles = attacksOf(check).map((attack) => attacks[attack].title);
  const [title = ""] = titles;
  switch (check.kind) {
    case "header":
    case "extension":
    case "extension-option":
    case "tunnel":
    case "block-fragment":
      return [{ name: title, value: "enabled" }];
    case "extension-limit":
      return [{ name: title, value: check.countMax }];
    case "flood":
      return [{ name: `${title} threshold`, value: check.perSecond }];
    case "sweep":
      return [{ name: `${title} threshold`, value: check.withinMs * 1_000 }];
    case "limit": {
      const what = { sessions: "", "sessions-per-second": " session rate", "packets-per-second": " packet rate" };
      const protocol = check.protocol === undefined ? "" : ` ${check.protocol}`;
      return [{ name: `${title}${what[check.what]}${protocol}`, value: check.countMax }];
    }
    case "syn-flood":
      return [
        { name: `${title} attack threshold`, value: check.attackThreshold },
        { name: `${title} alarm threshold`, value: check.alarmThreshold },
        { name: `${title} source threshold`, value: check.sourceThreshold },
        { name: `${title} destination threshold`, value: check.destinationThreshold },
        { name: `${title} timeout`, value: check.timeoutSeconds },
      ];
  }
}
