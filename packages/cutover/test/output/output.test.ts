import { StorageError } from "@cutover/core";
import { describe, expect, it } from "vitest";
import { Interrupted, reportOf, UsageError } from "../../src/output/error-report.ts";
import { Output, type OutputStream } from "../../src/output/output.ts";
import { fit, printable, widthOf } from "../../src/output/printable.ts";
import {
  formatAmount,
  formatBytes,
  formatCount,
  formatDuration,
} from "../../src/output/quantity.ts";
import { shellWord } from "../../src/output/shell-word.ts";
import { formatTable } from "../../src/output/table.ts";

class Sink implements OutputStream {
  text = "";
  readonly isTTY: boolean;
  readonly columns = 60;

  constructor(isTTY = false) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
  }
}

interface Printed {
  readonly output: Output;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly wait: (milliseconds: number) => void;
}

function printed(options: { json?: boolean; terminal?: boolean } = {}): Printed {
  const stdout = new Sink();
  const stderr = new Sink(options.terminal ?? false);
  let now = 0;
  const output = new Output({ stdout, stderr, json: options.json ?? false, now: () => now });
  const wait = (milliseconds: number): void => {
    now += milliseconds;
  };
  return { output, stdout, stderr, wait };
}

const answer = {
  ok: true,
  canAdvance: false,
  blockedBy: [{ code: "DIVERGED", message: "2 records differ" }],
  reversible: true,
  nextSteps: ["cutover status ."],
  details: { records: 3 },
};

describe("amounts", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [99_940, "99.9 kB"],
    [99_960, "100 kB"],
    [999_600, "1.0 MB"],
    [6_921_205, "6.9 MB"],
    [2 ** 31, "2.1 GB"],
    [10 ** 15, "1.0 PB"],
  ])("%i bytes read %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0, "0 ms"],
    [999, "999 ms"],
    [999.6, "1.0 s"],
    [59_940, "59.9 s"],
    [59_960, "1 min 0 s"],
    [200_000, "3 min 20 s"],
    [7_500_000, "2 h 5 min"],
  ])("%d milliseconds read %s", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  it("have a comma between thousands, and a noun that agrees", () => {
    expect(formatCount(25_630)).toBe("25,630");
    expect(formatAmount(1, "record")).toBe("1 record");
    expect(formatAmount(0, "entry", "entries")).toBe("0 entries");
  });
});

describe("text that comes from outside", () => {
  it("cannot steer the terminal", () => {
    expect(printable("a\u001b[31mb\r\u0007\u202e")).toBe(
      String.raw`a\u001b[31mb\u000d\u0007\u202e`,
    );
    const { output, stdout } = printed();
    output.line("key \u001b]0;x\u0007");
    expect(stdout.text).not.toContain("\u001b");
  });

  it("is measured as a terminal shows it", () => {
    expect(widthOf("日本")).toBe(4);
    expect(widthOf("e\u0301")).toBe(1);
    expect(fit("日本語です", 6)).toBe("日本…");
    expect(fit("short", 5)).toBe("short");
  });

  it("stays one word in a command to type", () => {
    expect(shellWord("./data")).toBe("./data");
    expect(shellWord("my data's")).toBe(String.raw`'my data'\''s'`);
    expect(shellWord("")).toBe("''");
  });
});

describe("a table", () => {
  it("aligns its columns, wide characters included, and puts no space at line ends", () => {
    const columns = [{ title: "file" }, { title: "records", align: "right" as const }];
    expect(
      formatTable(columns, [
        ["日本", "1"],
        ["a\nb", "25,630"],
      ]),
    ).toEqual(["file  records", "日本        1", "a b    25,630"]);
  });
});

describe("an answer", () => {
  it("prints what blocks it and what to type next", () => {
    const { output, stdout } = printed();
    output.line("found 3");
    output.answer("verify", answer);
    expect(stdout.text).toBe(
      "found 3\n\nBlocked by:\n  2 records differ\n\nNext:\n  cutover status .\n",
    );
  });

  it("with --json is one document on standard output, and nothing else is", () => {
    const { output, stdout, stderr } = printed({ json: true });
    output.line("found 3");
    output.table([{ title: "x" }], [["y"]]);
    output.warn("careful");
    output.progress({ label: "copying" }).end();
    output.answer("verify", answer);
    expect(stderr.text).toBe("");
    expect(JSON.parse(stdout.text)).toEqual({
      ok: true,
      command: "verify",
      canAdvance: false,
      blockedBy: answer.blockedBy,
      reversible: true,
      nextSteps: answer.nextSteps,
      records: 3,
      warnings: ["careful"],
    });
  });
});

describe("an error", () => {
  const position = { file: "a.json", offset: 3, line: 2, column: 1, path: "$" };
  const broken = new StorageError("CORRUPT_DATA", "a comma is missing", {
    position,
    nextCommand: "cutover doctor",
    cause: new Error("inner"),
  });

  it("of the library is told with code, place, cause and next command", () => {
    const { output, stdout, stderr } = printed();
    output.failure("plan", reportOf(broken));
    expect(stdout.text).toBe("");
    expect(stderr.text).toContain("error CORRUPT_DATA: a comma is missing\n  at a.json:2:1\n");
    expect(stderr.text).toContain("  caused by: inner\n");
    expect(stderr.text).toContain("  next: cutover doctor\n");
  });

  it("with --json is a document with what the text tells", () => {
    const { output, stdout } = printed({ json: true });
    output.failure("plan", reportOf(broken));
    expect(JSON.parse(stdout.text)).toMatchObject({
      ok: false,
      command: "plan",
      canAdvance: false,
      blockedBy: [{ code: "CORRUPT_DATA", message: "a comma is missing" }],
      nextSteps: ["cutover doctor"],
      error: { code: "CORRUPT_DATA", position, exitCode: 1 },
    });
  });

  it("of a second copy of the library is known by its shape", () => {
    const copy = Object.assign(new Error("no"), {
      name: "StorageError",
      code: "STAGE_REFUSED",
      details: { nextCommand: "cutover rollback ." },
    });
    expect(reportOf(copy)).toMatchObject({ exitCode: 4, nextCommand: "cutover rollback ." });
  });

  it.each([
    [new StorageError("STAGE_REFUSED", "no"), "STAGE_REFUSED", 4],
    [new StorageError("LOCK_TIMEOUT", "no"), "LOCK_TIMEOUT", 5],
    [new StorageError("DIVERGED", "no"), "DIVERGED", 3],
    [new StorageError("CONFIG_INVALID", "no"), "CONFIG_INVALID", 2],
    [new UsageError("no"), "USAGE", 2],
    [new Interrupted("stopped"), "INTERRUPTED", 130],
    [new DOMException("stopped", "AbortError"), "INTERRUPTED", 130],
    [new TypeError("x"), "UNEXPECTED", 1],
    ["just text", "UNEXPECTED", 1],
  ])("%s ends with code %s and exit code %i", (error, code, exitCode) => {
    expect(reportOf(error)).toMatchObject({ code, exitCode });
  });
});

describe("progress", () => {
  it("on a terminal repaints one line, with a rate and a time left once they mean something", () => {
    const { output, stderr, wait } = printed({ terminal: true });
    const progress = output.progress({ label: "copying", total: 1000 });
    progress.advance(5);
    expect(stderr.text).toBe("");
    wait(150);
    progress.advance(5);
    expect(stderr.text).toBe("\r\u001b[2Kcopying  10/1,000 records  1 %");
    stderr.text = "";
    wait(4850);
    progress.advance(490);
    expect(stderr.text).toBe("\r\u001b[2Kcopying  500/1,000 records  50 %  100/s  5.0 s left");
    stderr.text = "";
    progress.end();
    progress.advance(1);
    expect(stderr.text).toBe("\r\u001b[2K");
  });

  it("says why it is held, at once", () => {
    const { output, stderr } = printed({ terminal: true });
    const progress = output.progress({ label: "copying" });
    progress.hold("another writer is busy");
    expect(stderr.text).toContain("(another writer is busy)");
  });

  it("in a log is a plain line now and then", () => {
    const { output, stderr, wait } = printed();
    const progress = output.progress({ label: "copying", total: 2000 });
    for (let second = 0; second < 12; second += 1) {
      wait(1000);
      progress.advance(100);
    }
    progress.end();
    expect(stderr.text).toBe(
      "copying  500/2,000 records  25 %  100/s  15.0 s left\n" +
        "copying  1,000/2,000 records  50 %  100/s  10.0 s left\n",
    );
  });

  it("never is wider than the terminal", () => {
    const { output, stderr, wait } = printed({ terminal: true });
    const progress = output.progress({ label: "x".repeat(100) });
    wait(200);
    progress.advance(1);
    expect(stderr.text.replace("\r\u001b[2K", "")).toHaveLength(59);
  });
});
