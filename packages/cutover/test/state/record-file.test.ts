import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isStorageError } from "@cutover/core";
import { beforeEach, describe, expect, it } from "vitest";
import {
  chosenBackend,
  nextRecord,
  stepOf,
  type MigrationRecord,
} from "../../src/state/migration-record.ts";
import { readRecord, writeRecord } from "../../src/state/record-file.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cutover-record-"));
});

const first = (): MigrationRecord =>
  nextRecord(undefined, {
    backend: "sqlite",
    database: "wmd_data.db",
    originals: [{ file: "a.json", sha256: "a".repeat(64), sizeBytes: 2 }],
    step: stepOf("migrate", { records: 3 }, new Date(0)),
  });

const second = (current: MigrationRecord): MigrationRecord =>
  nextRecord(current, { backend: "json", database: current.database, step: stepOf("rollback") });

async function failure(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("it did not reject with an error");
}

async function damaged(text: string): Promise<Error> {
  await mkdir(join(folder, ".cutover"), { recursive: true });
  await writeFile(join(folder, ".cutover", "record.json"), text);
  return failure(readRecord(folder));
}

describe("the migration record", () => {
  it("of a folder that was never migrated is absent, and the JSON files are in charge", async () => {
    expect(await readRecord(folder)).toBeUndefined();
    expect(chosenBackend(undefined)).toBe("json");
    expect(await readdir(folder)).toEqual([]);
  });

  it("is read back as it was written, from a folder that only its owner can enter", async () => {
    await writeRecord(folder, first());
    expect(await readRecord(folder)).toEqual(first());
    expect(chosenBackend(await readRecord(folder))).toBe("sqlite");
    expect((await stat(join(folder, ".cutover"))).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, ".cutover", "record.json"))).mode & 0o777).toBe(0o600);
    expect((await readdir(join(folder, ".cutover"))).toSorted()).toEqual([
      "history",
      "record.json",
    ]);
  });

  it("refuses a change that was decided on an older epoch, and keeps what is there", async () => {
    await writeRecord(folder, first());
    const error = await failure(writeRecord(folder, first()));
    expect(isStorageError(error, "VERSION_CONFLICT")).toBe(true);
    await writeRecord(folder, second(first()));
    expect((await readRecord(folder))?.epoch).toBe(2);
    expect((await readRecord(folder))?.steps.map((step) => step.action)).toEqual([
      "migrate",
      "rollback",
    ]);
  });

  it("lets exactly one of many that change it at once succeed", async () => {
    await writeRecord(folder, first());
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, async () => writeRecord(folder, second(first()))),
    );
    expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
    const refusals = outcomes.filter((outcome) => outcome.status === "rejected");
    const codes = refusals.filter(({ reason }) => isStorageError(reason, "VERSION_CONFLICT"));
    expect(codes).toHaveLength(11);
    expect((await readRecord(folder))?.epoch).toBe(2);
  });

  it("is the newest of its history, even where record.json was left behind or is gone", async () => {
    await writeRecord(folder, first());
    const old = await readFile(join(folder, ".cutover", "record.json"));
    await writeRecord(folder, second(first()));
    await writeFile(join(folder, ".cutover", "record.json"), old);
    expect((await readRecord(folder))?.backend).toBe("json");
    await rm(join(folder, ".cutover", "record.json"));
    expect((await readRecord(folder))?.epoch).toBe(2);
  });

  it("of a newer format is refused before anything else in it is looked at", async () => {
    const error = await damaged('{"format": 4, "backend": ["anything"]}');
    expect(isStorageError(error, "FORMAT_TOO_NEW")).toBe(true);
    expect(error.message).toContain("upgrade cutover");
  });

  it.each([
    ["", 1, 1, "$"],
    ["{", 1, 2, "$"],
    ['{\n  "format": 1,\n}', 3, 1, "$"],
    ['{\n  "format": 1\n} x', 3, 3, "$"],
    ["[]", 1, 1, "$"],
    ['{"format": 1}', 1, 1, "$"],
    ['{"format": "1"}', 1, 2, "$.format"],
    ['{"format": 1,\n "backend": "mysql", "epoch": 1}', 2, 2, "$.backend"],
    ['{"format": 1, "format": 1}', 1, 15, "$"],
  ])("damaged as %j is refused at line %i, column %i", async (text, line, column, path) => {
    const error = await damaged(text);
    expect(isStorageError(error, "CORRUPT_DATA")).toBe(true);
    if (!isStorageError(error)) return;
    expect(error.details.position).toMatchObject({ line, column, path });
    expect(error.message).toContain("nothing is served until it is mended");
  });

  it.each([
    ["file", "../outside.json"],
    ["file", "/etc/passwd"],
    ["sha256", "abc"],
    ["sizeBytes", -1],
    ["mtime", "yesterday"],
  ])("with %s %j of an original is refused, naming that member", async (member, value) => {
    const original = { ...first().originals[0], [member]: value };
    const error = await damaged(JSON.stringify({ ...first(), originals: [original] }, null, 2));
    expect(error.message).toContain(`$.originals[0].${member}`);
    expect(isStorageError(error) && error.details.position?.line).toBeGreaterThan(5);
  });
});
