import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { HistoryRecorder } from "./history-recorder.ts";
import { readHistory } from "./read-history.ts";

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "cutover-history-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const steps = [{ collection: "c", key: "k", left: "x" }];

test("what was invoked, and every outcome before it, can be read while the recorder is open", () => {
  const folder = freshFolder();
  const recorder = new HistoryRecorder(folder, "p");
  onTestFinished(() => recorder.close());
  recorder.ok(recorder.invoke("put", steps), steps);
  recorder.fail(recorder.invoke("put", steps), "LOCK_TIMEOUT");
  recorder.unknown(recorder.invoke("put", steps), "COMMIT_UNKNOWN");
  recorder.invoke("put", steps);
  const history = readHistory(folder);
  expect(history.map(({ id, type, code }) => [id, type, code])).toEqual([
    [1, "invoke", undefined],
    [1, "ok", undefined],
    [2, "invoke", undefined],
    [2, "fail", "LOCK_TIMEOUT"],
    [3, "invoke", undefined],
    [3, "unknown", "COMMIT_UNKNOWN"],
    [4, "invoke", undefined],
  ]);
  const times = history.map(({ atNs }) => BigInt(atNs));
  expect(times.every((at, index) => at >= (times[index - 1] ?? 0n))).toBe(true);
});

test("all outcomes can be read once the recorder is closed", () => {
  const folder = freshFolder();
  const recorder = new HistoryRecorder(folder, "p");
  recorder.ok(recorder.invoke("put", steps), steps);
  recorder.close();
  expect(readHistory(folder).map(({ type }) => type)).toEqual(["invoke", "ok"]);
});

test("a process's history is never continued, and an operation ends once", () => {
  const folder = freshFolder();
  const recorder = new HistoryRecorder(folder, "p");
  onTestFinished(() => recorder.close());
  expect(() => new HistoryRecorder(folder, "p")).toThrow("EEXIST");
  const id = recorder.invoke("put", steps);
  recorder.ok(id, steps);
  expect(() => recorder.fail(id, "IO_FAILED")).toThrow("p#1 is not under way");
});

test("a line that was cut off at the end is left out, a damaged one in the middle is refused", () => {
  const folder = freshFolder();
  const recorder = new HistoryRecorder(folder, "p");
  recorder.invoke("put", steps);
  recorder.close();
  appendFileSync(join(folder, "p.history"), '{"process":"p","id":1,"ty');
  expect(readHistory(folder)).toHaveLength(1);
  writeFileSync(join(folder, "q.history"), '{"process"\n{}\n');
  expect(() => readHistory(folder)).toThrow("q.history, line 1 is no event of a history");
});
