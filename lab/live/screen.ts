// The whole screen as a pure function of the state and the size: exactly `rows` lines of at most `columns` cells, and
// where the cursor stands. From top to bottom: status, matrix, denials, sessions, what the gateway said, prompt.

import { denySentence, isRejected, serviceOf } from "./deny-sentence.ts";
import { textOf } from "@merlon/shell/line-editor.ts";
import { matrixHeight, renderLegend, renderMatrix } from "./matrix-view.ts";
import { clip, fitText, lineWidth, span, spread, widthOf } from "./span.ts";
import type { Line } from "./span.ts";
import { currentDenials } from "./state.ts";
import type { Denial, LiveState, OutputLine, SessionGroup } from "./state.ts";
import { hostOfAddress } from "../topology.ts";
import type { Tone } from "../paint.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Screen {
  readonly lines: readonly Line[];
  /** From 0. */
  readonly cursor: { readonly row: number; readonly column: number };
}

export const sizeMin: Size = { columns: 80, rows: 24 };

/** Lines below the matrix that are never given to the output: title and two rows of the denials. */
const denialsRowsMin = 3;
const sessionsRowsMax = 9;
/** From this width on a denial has its whole sentence. */
const wideFrom = 120;
/** Before a line of output. */
const outputIndent = 2;

export function renderScreen(state: LiveState, size: Size): Screen {
  if (size.columns < sizeMin.columns || size.rows < sizeMin.rows) return tooSmall(size);
  const { columns, rows } = size;
  const top = [renderStatus(state, columns), ...renderMatrix(state, columns), renderLegend(state, columns)];
  const panels = renderPanels(state, columns, panelsHeight(size));
  const prompt = renderPrompt(state, columns);
  const lines = [...top, ...panels, prompt.line].map((line) => clip(line, columns));
  return { lines, cursor: { row: rows - 1, column: prompt.column } };
}

/** Lines between the legend and the prompt. */
function panelsHeight({ rows }: Size): number {
  return rows - matrixHeight - 3;
}

/** All but the least for the denials on a small screen, the larger part on a tall one. */
function outputHeightMax(height: number): number {
  return Math.max(Math.min(height - denialsRowsMin, 8), Math.floor(height * 0.6));
}

/** What of the output can be seen at once. */
export function outputArea(size: Size): Size {
  return { columns: size.columns - outputIndent, rows: Math.max(1, outputHeightMax(panelsHeight(size)) - 1) };
}

function renderStatus(state: LiveState, width: number): Line {
  const { hostName, revision, startToEnforcingMs, lostCount } = state;
  const left: Line = [
    span(" Merlon ", "bold"),
    span(` ${hostName}`, "cool"),
    span(
      `  revision ${revision}  start ${Math.round(startToEnforcingMs)} ms  up ${duration(state.nowMs - state.startedAtMs)}`,
    ),
  ];
  const tone = lostCount === 0 ? "dim" : "bad";
  const right: Line = state.alarmed
    ? [span("! alarm  ", "bad"), span(`${lostCount} lost `, tone)]
    : [span(`${lostCount} events lost `, tone)];
  return spread(left, clip(right, Math.max(0, width - lineWidth(left) - 2)), width);
}

/** Denials, sessions and output share the lines between matrix and prompt; output takes what it needs when there is any. */
function renderPanels(state: LiveState, width: number, height: number): readonly Line[] {
  const output = outputHeight(state, height);
  const rest = height - output;
  const sessionRows = Math.min(state.sessionGroups.length + 1, sessionsRowsMax, Math.max(0, Math.floor(rest / 2)));
  const sessions = output > 0 && rest - sessionRows < denialsRowsMin ? 0 : sessionRows;
  return [
    ...renderDenials(state, width, rest - sessions),
    ...renderSessions(state, width, sessions),
    ...renderOutput(state, width, output),
  ];
}

function outputHeight(state: LiveState, height: number): number {
  return state.output.length === 0 ? 0 : Math.min(state.output.length + 1, outputHeightMax(height));
}

function panelTitle(title: string, note: string, width: number): Line {
  const left = [span("── ", "dim"), span(title, "bold"), span(note === "" ? " " : ` · ${note} `, "dim")];
  return [...left, span("─".repeat(Math.max(0, width - lineWidth(left))), "dim")];
}

function renderDenials(state: LiveState, width: number, height: number): readonly Line[] {
  if (height <= 0) return [];
  const denials = currentDenials(state);
  const rows = denials.slice(0, height - 1).map((denial) => denialLine(denial, state.nowMs, width));
  if (rows.length === 0 && height > 1) rows.push([span("  nothing is being denied", "dim")]);
  return padded(
    [panelTitle("Denied", `${denials.length} kinds of attempts now, the latest first`, width), ...rows],
    height,
  );
}

function denialLine({ record, count, sinceMs }: Denial, nowMs: number, width: number): Line {
  const nameOf = (address: string) => hostOfAddress(address)?.name ?? address;
  const wide = width >= wideFrom;
  const left: Line = [
    span(` ${fitText(`${nameOf(record.source)} → ${nameOf(record.destination)}`, 25)} `),
    span(`${fitText(serviceOf(record), 9)} `, "cool"),
    span(denySentence(record, !wide), isRejected(record) ? "warm" : "plain"),
  ];
  return spread(left, wide ? [span(` ${count}×, since ${duration(nowMs - sinceMs)} `, "dim")] : [], width);
}

function renderSessions(state: LiveState, width: number, height: number): readonly Line[] {
  if (height <= 0) return [];
  const title = panelTitle("Sessions", `${state.sessionCount} in the kernel now, by policy`, width);
  const groups = state.sessionGroups.slice(0, height - 1).map(sessionLine);
  return padded([title, ...groups], height);
}

function sessionLine({ policy, fromZone, toZone, count, bytes }: SessionGroup): Line {
  return [
    span(` ${fitText(policy, 25)} `),
    span(fitText(`${fromZone} → ${toZone}`, 24), "cool"),
    span(`${String(count).padStart(5)} ${count === 1 ? "session " : "sessions"}`),
    span(`  ${sizeOf(bytes).padStart(9)}`, "dim"),
  ];
}

const outputTones: Readonly<Record<OutputLine["kind"], Tone>> = {
  command: "bold",
  text: "plain",
  error: "bad",
  added: "good",
  removed: "warm",
};

function renderOutput(state: LiveState, width: number, height: number): readonly Line[] {
  if (height <= 0) return [];
  const visible = height - 1;
  const end = Math.max(Math.min(visible, state.output.length), state.output.length - state.scroll);
  const shown = state.output.slice(Math.max(0, end - visible), end);
  const above = Math.max(0, end - visible);
  const below = state.output.length - end;
  const hidden = above + below;
  const note = hidden === 0 ? "Esc clears" : `${above} lines above, ${below} below: PageUp and PageDown · Esc clears`;
  const rows = shown.map(({ kind, text }) => [
    span(`${kind === "command" ? "› " : " ".repeat(outputIndent)}${text}`, outputTones[kind]),
  ]);
  return padded([panelTitle("Gateway", note, width), ...rows], height);
}

function renderPrompt(state: LiveState, width: number): { readonly line: Line; readonly column: number } {
  const mark = state.busy ? "… " : "# ";
  const head = `${state.hostName}${mark}`;
  const before = state.prompt.text.slice(0, state.prompt.cursor).join("");
  const text = textOf(state.prompt);
  const room = width - widthOf(head) - 1;
  // A line that is too long shows the part around the cursor.
  let start = 0;
  while (widthOf([...before].slice(start).join("")) > room) start++;
  const shown = [...text].slice(start).join("");
  const hint = text === "" && !state.busy ? "set …, commit, rollback 1, help, quit; Tab completes" : "";
  const line: Line = [span(head, "bold"), span(shown), span(hint, "dim")];
  return { line, column: widthOf(head) + widthOf([...before].slice(start).join("")) };
}

function tooSmall({ columns, rows }: Size): Screen {
  const words = [`${columns}×${rows} is too small`, `for the live view: it needs ${sizeMin.columns}×${sizeMin.rows}`];
  const lines = words.map((text) => clip([span(text)], columns)).slice(0, rows);
  return { lines: padded(lines, rows), cursor: { row: 0, column: 0 } };
}

/** Exactly `height` lines. */
function padded(lines: readonly Line[], height: number): readonly Line[] {
  const missing = Math.max(0, height - lines.length);
  return [...lines.slice(0, height), ...Array.from({ length: missing }, (): Line => [])];
}

/** `0:04`, `12:34`, `1:02:03`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** Bytes with a decimal unit: `999 B`, `1.5 kB`. */
export function sizeOf(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
