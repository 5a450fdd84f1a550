// One thing that the gateway says, before anybody decides who hears it and in which form: an event with its name, its
// fields in the order of the original, and a sentence. Structured lines are RFC 5424, plain ones RFC 3164.

/** The structured-data id of the original; parsers recognise it by the part before the last dot. */
export const structuredDataId = "junos@2636.1.1.1.2.129";

export type Fields = readonly (readonly [name: string, value: string | number])[];

/** What streams choose by; a message about the gateway itself has none, but for the time in which it recorded nothing. */
export type LogCategory = "session-open" | "session-close" | "session-deny" | "session-gap" | "screen";

export interface LogMessage {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** RFC 5424, table 1. */
  readonly facility: number;
  /** RFC 5424, table 2: 0 is the worst, 7 the mildest. */
  readonly severity: number;
  readonly program: string;
  readonly processId?: number;
  /** `RT_FLOW_SESSION_CREATE`. */
  readonly name: string;
  readonly category?: LogCategory;
  readonly fields: Fields;
  /** For people; one line. Where it costs something it is made when somebody asks for it. */
  readonly sentence: string;
}

export interface LineForm {
  readonly kind: "structured" | "plain";
  /** Structured lines without the sentence. */
  readonly brief?: boolean;
  /** Before the sentence. */
  readonly prefix?: string;
  /** Plain lines say facility and severity in words: `%AUTH-6-`. */
  readonly explicitPriority?: boolean;
  /** Plain lines without the name of the gateway. */
  readonly excludeHostname?: boolean;
}

export function logLine(message: LogMessage, hostName: string, form: LineForm): string {
  return form.kind === "structured" ? structuredLine(message, hostName, form) : plainLine(message, hostName, form);
}

function structuredLine(message: LogMessage, hostName: string, { brief, prefix }: LineForm): string {
  const { atMs, facility, severity, program, processId, name, fields } = message;
  let data = "";
  for (const [field, value] of fields) {
    data += ` ${field}="${typeof value === "number" ? value : escapeValue(value)}"`;
  }
  const sentence = brief === true ? "" : message.sentence;
  const text = sentence === "" ? "" : ` ${oneLine(sentence)}`;
  const head = `<${facility * 8 + severity}>1 ${timeText(atMs)} ${hostName} ${program} ${processId ?? "-"}`;
  return `${head} ${name} [${structuredDataId}${data}]${prefix === undefined ? "" : ` ${prefix}:`}${text}`;
}

let second = { startMs: Number.NaN, text: "" };

/** RFC 3339 in UTC, with milliseconds. Many messages are of the same second, whose text is made once. */
export function timeText(atMs: number): string {
  const whole = Math.floor(atMs);
  const milliseconds = ((whole % 1_000) + 1_000) % 1_000;
  const startMs = whole - milliseconds;
  if (second.startMs !== startMs) second = { startMs, text: new Date(startMs).toISOString().slice(0, -4) };
  return `${second.text}${String(milliseconds).padStart(3, "0")}Z`;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;
const facilityWords: Readonly<Record<number, string>> = {
  0: "KERN", 1: "USER", 3: "DAEMON", 4: "AUTH", 10: "AUTH", 11: "FTP", 19: "FIREWALL", 20: "PFE", 21: "CONFLICT",
  22: "CHANGE", 23: "INTERACT",
}; // prettier-ignore

/** In UTC, as the structured lines are. */
function plainLine(message: LogMessage, hostName: string, form: LineForm): string {
  const { atMs, facility, severity, program, processId, name, sentence } = message;
  const time = new Date(atMs);
  const clock = time.toISOString().slice(11, 19);
  const date = `${months[time.getUTCMonth()] ?? ""} ${String(time.getUTCDate()).padStart(2)} ${clock}`;
  const host = form.excludeHostname === true ? "" : ` ${hostName}`;
  const prefix = form.prefix === undefined ? "" : ` ${form.prefix}:`;
  const process = processId === undefined ? "" : `[${processId}]`;
  const words = form.explicitPriority === true ? ` %${facilityWords[facility] ?? "USER"}-${severity}-` : " ";
  return `<${facility * 8 + severity}>${date}${host}${prefix} ${program}${process}:${words}${name}: ${oneLine(sentence)}`;
}

/** RFC 5424 section 6.3.3: `"`, `\` and `]` are escaped inside a value. */
export function escapeValue(value: string): string {
  // Nearly no value has anything of the kind, and there are forty in a line.
  if (!special.test(value)) return value;
  return oneLine(value).replaceAll(/["\\\]]/g, String.raw`\$&`);
}

// oxlint-disable-next-line no-control-regex
const special = /["\\\]\u0000-\u001f\u007f-\u009f]/;

/** Names and commands come from outside: control characters would end the line or fool a terminal. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, "?");
}
