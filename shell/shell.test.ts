// What a person sees: transcripts of sessions, each as the screen stands at its end.

import { describe, expect, test } from "vitest";
import type { ShellAnswer } from "./shell-answer.ts";
import { said, ShellCase } from "./testing/shell-case.ts";
import type { CaseOptions } from "./testing/shell-case.ts";

const tree = {
  "": ["clear", "configure", "exit", "show"],
  "show ": ["security", "system", "version", "|"],
  "show system ": ["alarms", "uptime"],
  "show security ": ["<zone-name>", "web", "west"],
};

const shellWith = (options: CaseOptions = {}) => new ShellCase({ candidates: tree, ...options });

describe("lines", () => {
  test("a prompt, an answer, an empty line, a prompt", async () => {
    const one = shellWith({ answer: () => said("Hostname: fw1\n") });
    expect(await one.type("show version\r")).toBe("ana@fw1> show version\nHostname: fw1\n\nana@fw1>");
    expect(one.asked.map(({ line }) => line)).toEqual(["show version"]);
  });

  test("an empty line and a comment ask nothing", async () => {
    const one = shellWith();
    await one.type("\r", "  \r", "# note\r");
    expect(one.asked).toEqual([]);
  });

  test("Ctrl-C gives a line up, Ctrl-D in an empty one leaves", async () => {
    const one = shellWith();
    expect(await one.type("show ver\u0003")).toBe("ana@fw1> show ver^C\nana@fw1>");
    await one.type("\u0004");
    expect(await one.ended).toBe(0);
    expect(one.asked).toEqual([]);
  });

  test.each(["exit", "quit", "ex", "q"])("%s leaves", async (word) => {
    const one = shellWith();
    await one.type(`${word}\r`);
    expect(await one.ended).toBe(0);
  });

  test("the status is that of the last line", async () => {
    const one = shellWith({ answer: () => ({ ok: false, text: "error: no\n" }) });
    await one.type("foo\r\u0004");
    expect(await one.ended).toBe(1);
  });

  test("a mistake has a caret below it, also in a line that wraps", async () => {
    const mistake = { column: 5, text: "syntax error, expecting <command>.\n" };
    const one = shellWith({ answer: () => ({ ok: false, text: "error: x\n", mistake }) });
    expect(await one.type("show foo\r")).toBe(
      "ana@fw1> show foo\n              ^\nsyntax error, expecting <command>.\n\nana@fw1>",
    );
    const narrow = shellWith({
      terminal: { columns: 20 },
      answer: () => ({ ok: false, text: "", mistake: { column: 16, text: "here\n" } }),
    });
    expect(await narrow.type("show aaaaaaaaaa bad\r")).toBe("ana@fw1> show aaaaaa\naaaa bad\n     ^\nhere\n\nana@fw1>");
  });

  test("what an answer holds cannot move the cursor", async () => {
    const one = shellWith({ answer: () => said("a\u001b[2Jb\tc\u0007\n") });
    expect(await one.type("show x\r")).toContain("a\ufffd[2Jb  c\ufffd");
  });

  test("a paste of many lines runs them in order", async () => {
    const one = shellWith();
    await one.paste("set a\r\nset\tb\rset c?\n");
    expect(one.asked.map(({ line }) => line)).toEqual(["set a", "set b", "set c?"]);
    const marked = shellWith();
    await marked.paste("\u001b[200~set a\n\tset b\nset c\u001b[201~");
    expect(marked.asked.map(({ line }) => line)).toEqual(["set a", "set b"]);
    expect(marked.screen.text).toMatch(/> set c$/);
  });

  test("characters of several bytes may come in pieces", async () => {
    const one = shellWith();
    const bytes = Buffer.from("sét 語🔥");
    for (const byte of bytes) one.shell.feed(Buffer.from([byte]));
    expect(await one.type("")).toBe("ana@fw1> sét 語🔥");
  });
});

describe("history", () => {
  test("up and down, of each mode its own", async () => {
    const one = shellWith({ answer: (line) => (line === "configure" ? configuring() : said("")) });
    await one.type("show one\r", "configure\r", "set two\r");
    expect(await one.type("\u001b[A", "\u001b[A")).toMatch(/# set two$/);
    expect(await one.type("\u001b[B")).toMatch(/#$/);
    expect(await one.type("\u0010")).toMatch(/# set two$/);
  });

  test("Ctrl-R looks for a line", async () => {
    const one = shellWith();
    await one.type("show alpha\r", "show beta\r", "show alps\r");
    expect(await one.type("\u0012al")).toMatch(/\(history search\) 'al': show alps$/);
    expect(await one.type("\u0012")).toMatch(/\(history search\) 'al': show alpha$/);
    expect(await one.type("x")).toMatch(/'alx': show alpha$/);
    expect(await one.type("\u007f", "\u0007")).toMatch(/> $|>$/);
    await one.type("\u0012bet\r");
    expect(one.asked.at(-1)?.line).toBe("show beta");
  });

  test("a line that was given up is forgotten", async () => {
    const one = shellWith();
    await one.type("show one\r", "secret\u0003");
    expect(await one.type("\u001b[A")).toMatch(/> show one$/);
  });
});

describe("completion", () => {
  test("? lists what may stand there, and the line goes on", async () => {
    const one = shellWith();
    expect(await one.type("show system ?")).toBe(
      `ana@fw1> show system
Possible completions:
  alarms               About alarms
  uptime               About uptime
ana@fw1> show system`,
    );
    expect(await one.type("al?")).toMatch(/completions:\n {2}alarms {15}About alarms\nana@fw1> show system al$/);
  });

  test("? in quotes is text, and so is one in a paste", async () => {
    const one = shellWith();
    expect(await one.type('set x "why?')).toBe('ana@fw1> set x "why?');
    await one.type("\u0015");
    await one.paste("set x what? ");
    expect(one.screen.text).toMatch(/set x what\?$/);
  });

  test("the space bar completes what is unique, lists what is not, leaves names alone", async () => {
    const one = shellWith();
    expect(await one.type("sh v ")).toBe("ana@fw1> show version");
    await one.type("\u0015");
    expect(await one.type("sh s ")).toBe(
      `ana@fw1> show version
ana@fw1> show s
              ^
's' is ambiguous.
Possible completions:
  security             About security
  system               About system
ana@fw1> show s`.replace("ana@fw1> show version\n", ""),
    );
    await one.type("\u0015");
    expect(await one.type("show security we ")).toMatch(/> show security we$/);
    expect(await one.type("\u0015", "foo bar")).toMatch(/> foo bar$/);
  });

  test("Tab completes names too, as far as they agree", async () => {
    const one = shellWith();
    expect(await one.type("show security w\t")).toMatch(/> show security we$/);
    expect(await one.type("\t")).toContain("  west                 About west");
    expect(await one.type("b\t")).toMatch(/> show security web$/);
    expect(await one.type("\u0015", "zzz\t")).toContain("         ^\nNo valid completions");
  });

  test("| save is completed as the pipes of the gateway are", async () => {
    const one = shellWith();
    expect(await one.type("show version | sa\t")).toMatch(/\| save$/);
    expect(await one.type("?")).toContain("  <file>               Name of the file");
    expect(await one.type("\u0015", "show version | ap\t")).toMatch(/\| append$/);
    expect(await one.type("?")).toContain("  <file>               Name of the file");
    expect(await one.type("\u0015", "| sa\t")).toContain("No valid completions");
  });

  test("complete-on-space off", async () => {
    const one = shellWith();
    await one.type("set cli complete-on-space off\r");
    expect(await one.type("sh v ")).toMatch(/> sh v$/);
  });

  test("typed faster than it can be completed, a line is still the line", async () => {
    const one = shellWith();
    await one.paste("sh ver\r");
    expect(one.asked.map(({ line }) => line)).toEqual(["sh ver"]);
  });
});

function configuring(rest: Partial<ShellAnswer> = {}): ShellAnswer {
  return said("", { prompt: { hostName: "fw1", alarmCount: 0, mode: "shared" }, ...rest });
}

/** Answers as a gateway does in configuration mode. */
function gateway(line: string): ShellAnswer {
  const [word = "", ...path] = line.split(" ");
  switch (word) {
    case "configure":
      return configuring({ text: "Entering configuration mode\n" });
    case "edit":
      return configuring({ level: path });
    case "top":
      return configuring({ level: path[0] === "edit" ? path.slice(1) : [] });
    case "up":
      return configuring({ level: ["security"] });
    case "commit":
      return path[0] === "and-quit"
        ? leaving()
        : configuring({ notice: "# commit confirmed will be rolled back in 9 minutes" });
    case "exit":
      return leaving();
    default:
      return configuring();
  }
}

function leaving(): ShellAnswer {
  return said("Exiting configuration mode\n", { prompt: { hostName: "fw2", alarmCount: 0 } });
}

describe("configuration mode", () => {
  test("shows the level above the prompt", async () => {
    const one = shellWith({ answer: gateway });
    expect(await one.type("configure\r", "edit security zones\r", "set x\r")).toBe(
      `ana@fw1> configure
Entering configuration mode

[edit]
ana@fw1# edit security zones

[edit security zones]
ana@fw1# set x

[edit security zones]
ana@fw1#`,
    );
    expect(one.asked.at(-1)?.options.at).toEqual(["security", "zones"]);
    expect(one.asked[0]?.options.at).toBeUndefined();
  });

  test("exit goes back level by level, then leaves the mode, then the shell", async () => {
    const one = shellWith({ answer: gateway });
    await one.type("configure\r", "edit security\r", "edit security zones\r", "exit\r");
    expect(one.screen.text).toMatch(/\[edit security\]\nana@fw1#$/);
    await one.type("exit\r", "exit\r");
    expect(one.screen.text).toMatch(/Exiting configuration mode\n\nana@fw2>$/);
    await one.type("exit\r");
    expect(await one.ended).toBe(0);
  });

  test.each([
    ["top", "[edit]"],
    ["up", "[edit security]"],
    ["top edit system", "[edit system]"],
  ])("%s leads to %s", async (line, level) => {
    const one = shellWith({ answer: gateway });
    expect(await one.type("configure\r", "edit security zones\r", `${line}\r`)).toContain(`${line}\n\n${level}\n`);
  });

  test("behind up, exit goes where edit came from", async () => {
    const one = shellWith({ answer: gateway });
    await one.type("configure\r", "edit a\r", "edit security zones\r", "up\r", "exit\r");
    expect(one.screen.text).toMatch(/\[edit a\]\nana@fw1#$/);
  });

  test("exit configuration-mode and commit and-quit leave from any level", async () => {
    for (const line of ["exit configuration-mode", "commit and-quit"]) {
      const one = shellWith({ answer: gateway });
      await one.type("configure\r", "edit security\r", `${line}\r`, "configure\r");
      expect(one.screen.text).toMatch(/\[edit\]\nana@fw2#$|\[edit\]\nana@fw1#$/);
    }
  });

  test("a notice stands before the prompt", async () => {
    const one = shellWith({ answer: gateway });
    expect(await one.type("configure\r", "commit confirmed\r")).toMatch(
      /# commit confirmed will be rolled back in 9 minutes\n\n\[edit\]\nana@fw1#$/,
    );
  });

  test("load terminal reads until Ctrl-D", async () => {
    const one = shellWith({ answer: gateway });
    await one.type("configure\r", "load merge terminal\r", "system {\r", "  host-name x; # why?\r", "}\r", "\u0004");
    expect(one.asked.at(-1)).toMatchObject({
      line: "load merge terminal",
      options: { text: "system {\n  host-name x; # why?\n}\n" },
    });
    expect(one.screen.text).toContain("[Type ^D at a new line to end input]\nsystem {\n  host-name x; # why?\n}");
    expect(await one.type("load set ter\r", "x\u0003")).toContain("load aborted");
  });

  test("load and save of files", async () => {
    const one = shellWith({
      answer: (line) => (line.trim() === "show" ? configuring({ text: "a;\nb;\n" }) : gateway(line)),
    });
    one.files.set("x.conf", "system { }\n");
    await one.type("configure\r", "load override x.conf\r");
    expect(one.asked.at(-1)?.options.text).toBe("system { }\n");
    expect(await one.type("save y.conf\r")).toContain("Wrote 2 lines of configuration to 'y.conf'");
    expect(one.files.get("y.conf")).toBe("a;\nb;\n");
    expect(await one.type("show | append y.conf\r")).toContain("Wrote 2 lines of output to 'y.conf'");
    expect(one.files.get("y.conf")).toBe("a;\nb;\na;\nb;\n");
    expect(await one.type("load merge none.conf\r")).toContain("error: there is no file none.conf");
  });
});

test("an answer that concludes says what it has come to when it is ended", async () => {
  async function* pings(signal: AbortSignal): AsyncGenerator<string> {
    for (let at = 1; !signal.aborted; at++) {
      yield `reply ${at}\n`;
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    }
    yield "\n--- 1 of 1 answered ---\n";
  }
  const answer: CaseOptions["answer"] = (_, { signal }) =>
    said("", { live: true, concludes: true, more: pings(signal) });
  const one = shellWith({ answer });
  expect(await one.type("ping x\r", "\u0003")).toBe("ana@fw1> ping x\nreply 1\n\n--- 1 of 1 answered ---\n\nana@fw1>");
});

describe("| tee", () => {
  const long = Array.from({ length: 100 }, (_, at) => `line ${at + 1}\n`).join("");

  test("shows what it saves", async () => {
    const one = shellWith({ answer: () => said("a\nb\n") });
    expect(await one.type("show x | tee t.txt\r")).toContain("| tee t.txt\na\nb\nWrote 2 lines of output to 't.txt'\n");
    expect([one.asked[0]?.line, one.files.get("t.txt")]).toEqual(["show x ", "a\nb\n"]);
  });

  test("goes on into the file when nobody wants to see more pages, and ends with Ctrl-C", async () => {
    const one = shellWith({ answer: () => said(long) });
    await one.type("show x | tee all.txt\r", "q");
    expect(one.files.get("all.txt")).toBe(long);
    expect(one.screen.text).toContain("Wrote 100 lines of output to 'all.txt'");
    expect(one.screen.text).not.toContain("line 99");
    await one.type("show x | tee part.txt\r", "\u0003");
    const part = one.files.get("part.txt") ?? "";
    expect(long.startsWith(part)).toBe(true);
    expect(part.split("\n").length).toBeLessThan(30);
  });

  test("keeps what came of an endless answer", async () => {
    async function* ticks(): AsyncGenerator<string> {
      for (let at = 1; ; at++) {
        yield `tick ${at}\n`;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const one = shellWith({ answer: () => said("", { more: ticks(), live: true }) });
    await one.type("monitor x | tee m.txt\r", "\u0003");
    expect(one.files.get("m.txt")).toMatch(/^tick 1\ntick 2\n/);
    expect(await one.type("show")).toMatch(/> show$/);
  });

  test("shows nothing when the file may not be written", async () => {
    const one = shellWith({ answer: () => said("secret\n"), refusesFiles: true });
    expect(await one.type("show x | tee t.txt\r")).toContain("error: files may not be written");
    expect(one.screen.text).not.toContain("secret");
  });

  test("without a terminal", async () => {
    const one = shellWith({ terminal: { kind: "none" }, answer: () => said(long) });
    await one.paste("show x | tee t.txt\n");
    expect(one.written).toBe(`${long}Wrote 100 lines of output to 't.txt'\n`);
  });
});

describe("questions", () => {
  const questions = [
    { text: "New password: ", secret: true },
    { text: "Again: ", secret: true },
  ];
  const answer = (_: string, { text }: { readonly text?: string }): ShellAnswer =>
    text === undefined ? said("", { questions }) : said(`${text.length}\n`);

  test("are asked, and secrets are not shown", async () => {
    const one = shellWith({ answer });
    expect(await one.type("request x\r", "hidden\r", "hidden\r")).toBe(
      "ana@fw1> request x\nNew password:\nAgain:\n13\n\nana@fw1>",
    );
    expect(one.written).not.toContain("hidden");
    expect(one.asked.at(-1)?.options.text).toBe("hidden\nhidden");
    await one.type("\u001b[A");
    expect(one.screen.text).toMatch(/> request x$/);
  });

  test("Ctrl-C leaves everything as it was", async () => {
    const one = shellWith({ answer });
    await one.type("request x\r", "hid\u0003");
    expect(one.asked).toHaveLength(1);
  });
});

describe("without a terminal", () => {
  test("lines come in and text goes out", async () => {
    const one = shellWith({ terminal: { kind: "none" }, answer: (line) => said(`${line}!\n`) });
    await one.paste("show one\nset cli screen-length 0\nshow two\n");
    one.shell.inputEnded();
    expect(await one.ended).toBe(0);
    expect(one.written).toBe("show one!\nScreen length set to 0\nshow two!\n");
  });

  test("a last line needs no end, and a mistake is plain text", async () => {
    const mistake = { column: 0, text: "unknown command.\n" };
    const one = shellWith({ terminal: { kind: "none" }, answer: () => ({ ok: false, text: "error: x\n", mistake }) });
    await one.paste("foo");
    one.shell.inputEnded();
    expect(await one.ended).toBe(1);
    expect(one.written).toBe("error: x\n");
  });

  test("load terminal takes the rest of the input", async () => {
    const one = shellWith({ terminal: { kind: "none" }, answer: gateway });
    await one.paste("configure\nload set terminal\nset a\nset b");
    one.shell.inputEnded();
    await one.ended;
    expect(one.asked.at(-1)?.options.text).toBe("set a\nset b\n");
  });
});

describe("from outside", () => {
  test("a notice stands above the line that is being typed", async () => {
    const one = shellWith();
    await one.type("show ver");
    await one.shell.notify("\nWarning: 60 seconds\n");
    expect(one.screen.text).toBe("ana@fw1> show ver\n\nWarning: 60 seconds\nana@fw1> show ver");
  });

  test("the end is said, and comes whatever is running", async () => {
    const one = shellWith({ answer: () => new Promise(() => undefined) });
    await one.type("exi");
    await one.shell.end("\nIdle timeout exceeded: closing session\n");
    expect(await one.ended).toBe(0);
    expect(one.screen.text).toBe("ana@fw1> exi\n\nIdle timeout exceeded: closing session");
    await one.shell.end("again");
    const busy = shellWith({ answer: () => new Promise(() => undefined) });
    await busy.type("commit\r");
    await busy.shell.end("");
    expect(await busy.ended).toBe(1);
  });

  test("another size draws the line anew", async () => {
    const one = shellWith();
    await one.type("show security policies from-zone web");
    one.screen.columns = 20;
    await one.shell.resize(20, 10);
    expect(one.screen.text).toMatch(/ana@fw1> show securi\nty policies from-zon\ne web$/);
    await one.type("\u0001x");
    expect(one.screen.text).toMatch(/ana@fw1> xshow secur\nity policies from-zo\nne web$/);
  });

  test("many keys make it ask for a pause", async () => {
    let room = 0;
    const { Shell } = await import("./shell.ts");
    const host = { user: "a", hostName: "b", complete: async () => [], readFile: async () => "", writeFile: async () => undefined,
      run: async () => said(""), write: async () => undefined, nowMs: () => 0, setIdleTimeout: () => undefined }; // prettier-ignore
    const shell = new Shell(host, { terminal: { kind: "none", columns: 80, rows: 0 }, onRoom: () => void room++ });
    expect(shell.feed(Buffer.from("x\n".repeat(6_000)))).toBe(false);
    shell.inputEnded();
    await shell.interact();
    expect(room).toBe(1);
  });
});

describe("settings", () => {
  test("show cli, in both modes", async () => {
    const one = shellWith({ answer: gateway });
    await one.type("set cli idle-timeout 5\r", "set cli screen-width 120\r", "set cli timestamp\r");
    expect(one.idleTimeouts).toEqual([5]);
    const screen = await one.type("show cli\r");
    expect(screen).toContain("Nov 22 12:30:01\nCLI complete-on-space set to on\nCLI idle-timeout set to 5 minutes\n");
    expect(screen).toContain("CLI screen-width set to 120");
    await one.type("configure\r", "run set cli idle-timeout 0\r");
    expect(one.idleTimeouts).toEqual([5, undefined]);
    expect(one.asked.map(({ line }) => line)).toEqual(["configure"]);
  });
});
