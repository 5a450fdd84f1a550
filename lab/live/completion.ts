// The gateway's candidates as lines of the live view, with their help.

import type { CompleteResult } from "@merlon/gateway/api.ts";
import { fitText } from "./span.ts";
import type { OutputLine } from "./state.ts";

export type Candidates = CompleteResult["candidates"];

const listedMax = 200;
const wordWidthMax = 36;

export function candidateLines(candidates: Candidates): readonly OutputLine[] {
  if (candidates.length === 0) return [{ kind: "error", text: "nothing is known that may stand here" }];
  const width = Math.min(wordWidthMax, Math.max(...candidates.map(({ word }) => word.length)) + 2);
  const lines = candidates
    .slice(0, listedMax)
    .map(({ word, help }): OutputLine => ({ kind: "text", text: `${fitText(word, width)} ${help}` }));
  const more = candidates.length - listedMax;
  return more > 0 ? [...lines, { kind: "text", text: `and ${more} more` }] : lines;
}
