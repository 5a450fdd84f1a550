// `schedulers`: times of the week, and spans of dates, in which the policies that name them are in force. What a scheduler
// means at a given moment is `gateway/schedule/`.

import { container, flag, key, leaf, list } from "./node.ts";
import { description, name, plainName } from "./value.ts";

const timeOfDay = name("<time>", /^(?:[01]\d|2[0-3])(?::[0-5]\d){0,2}$/, 8, "a time of day: hh, hh:mm or hh:mm:ss");

const date = name(
  "<date>",
  /^(?:2\d{3}-)?(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\.(?:[01]\d|2[0-3]):[0-5]\d$/,
  16,
  "a date and time: YYYY-MM-DD.hh:mm, or MM-DD.hh:mm in every year",
);

function day(help: string) {
  return container(
    help,
    {
      "start-time": list(
        "When the policies come into force",
        [key("start-time-value", timeOfDay), key("stop-time", timeOfDay, { word: "stop-time" })],
        {},
        { choice: "day", countMax: 2 },
      ),
      "all-day": flag("The whole day", { choice: "day" }),
      exclude: flag("Not on this day", { choice: "day" }),
    },
    { presence: true },
  );
}

export const schedulers = container("Schedulers", {
  scheduler: list("Times at which policies are in force", [key("name", plainName)], {
    description: leaf("Text for people", description),
    "start-date": list(
      "When the scheduler begins to be in force",
      [key("start-date", date), key("stop-date", date, { word: "stop-date" })],
      {},
      { countMax: 2 },
    ),
    daily: day("Every day that has no statement of its own"),
    sunday: day("Sundays"),
    monday: day("Mondays"),
    tuesday: day("Tuesdays"),
    wednesday: day("Wednesdays"),
    thursday: day("Thursdays"),
    friday: day("Fridays"),
    saturday: day("Saturdays"),
  }),
});
