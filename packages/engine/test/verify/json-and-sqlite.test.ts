import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { defineCollection, integer, replicaOf, text } from "@cutover/core";
import { UnitRegistry, verifyUnit, type VerifyPorts } from "@cutover/engine";
import { expect, test } from "vitest";
import { repairUnit } from "../../src/mismatch/repair.ts";
import { shadowCountsOf } from "../../src/shadow/shadow-counts.ts";
import { openHop, toLive, toShadow, type Hop } from "../bypass/json-and-sqlite.ts";

interface Note {
  readonly title: string;
  readonly size: number;
}

const notes = defineCollection<{ title: string; size: number }>({
  name: "notes",
  key: "title",
  fields: { title: text(), size: integer() },
  file: { shape: "array" },
});

const noteOf = (index: number, size = index): Note => ({ title: `n${index}`, size });

async function filled(count: number, options: Parameters<typeof openHop>[1] = {}): Promise<Hop> {
  const hop = await openHop([notes], options);
  const entries = Array.from({ length: count }, (_, index): [string, Note] => [
    `n${index}`,
    noteOf(index),
  ]);
  await hop.storage.collection(notes).replaceAll(entries);
  return hop;
}

function portsOf({ json, sqlite, control }: Hop): VerifyPorts {
  return {
    control,
    registry: new UnitRegistry(control, { from: json.kind, to: sqlite.kind }),
    replicas: { old: replicaOf(json), new: replicaOf(sqlite) },
    clock: Date.now,
  };
}

test("while writers insert, change, move and remove records, pass after pass finds nothing", async () => {
  await using hop = await filled(600);
  await toShadow(hop);
  const collection = hop.storage.collection(notes);
  const progress = { isOver: false, writes: 0 };
  const write = async (from: number): Promise<void> => {
    for (let index = from; !progress.isOver; index += 7) {
      const at = index % 900;
      const key = `n${at}`;
      if (index % 3 === 0) await collection.delete(key);
      else await collection.put(key, noteOf(at, index));
      progress.writes++;
    }
  };
  const writers = [write(1), write(2), write(3)];
  const reports = [];
  try {
    while (reports.length < 8 || progress.writes < 200)
      reports.push(await verifyUnit(portsOf(hop), hop.unit));
  } finally {
    progress.isOver = true;
    await Promise.all(writers);
  }
  const findings = reports.flatMap(({ collections }) => collections.flatMap((own) => own.findings));
  expect(findings).toEqual([]);
  await hop.drained();
  const last = await verifyUnit(portsOf(hop), hop.unit);
  expect(last).toMatchObject({ isClean: true, unstable: 0, same: last.records });
});

test("a row changed by a database shell is found, closes the gate, and is repaired", async () => {
  await using hop = await filled(50);
  await toShadow(hop);
  const shell = new DatabaseSync(join(hop.folder, "data.db"));
  shell.prepare("UPDATE notes SET size = -1 WHERE title = 'n7'").run();
  shell.prepare("DELETE FROM notes WHERE title = 'n8'").run();
  shell.close();
  const report = await verifyUnit(portsOf(hop), hop.unit);
  expect(report.collections[0]?.findings).toMatchObject([
    { key: "n7", paths: ["$.size"] },
    { key: "n8", mirror: undefined },
  ]);
  await expect(hop.operator.switch(hop.unit)).rejects.toMatchObject({ code: "STAGE_REFUSED" });
  const ports = { ...portsOf(hop), stores: { old: hop.json, new: hop.sqlite } };
  const { left } = await repairUnit(ports, hop.unit, { discard: true });
  expect(left).toEqual([]);
  expect(await verifyUnit(portsOf(hop), hop.unit)).toMatchObject({ isClean: true });
  await hop.operator.switch(hop.unit);
});

test("a file that cannot be read is an error in the report, with the place, and nothing else is lost", async () => {
  await using hop = await filled(20);
  await toLive(hop);
  await hop.drained();
  const path = join(hop.folder, "notes.json");
  await writeFile(path, (await readFile(path, "utf8")).replace("]", ""));
  const report = await verifyUnit(portsOf(hop), hop.unit);
  expect(report).toMatchObject({ isClean: false, differences: 1 });
  const [finding] = report.collections[0]?.findings ?? [];
  expect(finding).toMatchObject({ kind: "error", key: undefined });
  expect(finding?.message).toContain("notes.json");
});

test("reads of an application at work are compared, and their counts are there for others to see", async () => {
  await using hop = await filled(100, { shadow: { rate: 1, share: 1, mostWaiting: 10_000 } });
  await toShadow(hop);
  await hop.drained();
  const collection = hop.storage.collection(notes);
  for (let index = 0; index < 50; index++) {
    await collection.get(`n${index}`);
    await collection.find({
      where: { size: { lt: index } },
      orderBy: [{ field: "size", direction: "desc" }],
    });
  }
  await hop.storage.close();
  const counts = await shadowCountsOf(hop.control, "unit", 2);
  expect(counts).toMatchObject({ different: 0, errors: 0, skipped: 0 });
  expect(counts.compared + counts.dropped).toBe(100);
  expect(counts.compared).toBe(counts.same);
});
