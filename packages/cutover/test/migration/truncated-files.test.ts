import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineCollection, text } from "@cutover/core";
import { expect, it, onTestFinished } from "vitest";
import { migrate } from "../../src/migration/migrate.ts";

const models = defineCollection({
  name: "models",
  fields: { name: text() },
  file: { path: "models.json" },
});

it("a file cut off anywhere is found before anything is switched, with its place, and stays as it is", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cutover-cut-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const records = Array.from({ length: 60 }, (_unused, index) => [
    `key ${index}`,
    { name: `näme ${index}` },
  ]);
  const whole = Buffer.from(JSON.stringify(Object.fromEntries(records), null, 2));
  const path = join(folder, models.file.path);
  const target = { folder, collections: [models], databasePath: join(folder, "data.db") };
  for (let cut = 0; cut < whole.length - 1; cut += 67) {
    const bytes = whole.subarray(0, cut);
    await writeFile(path, bytes);
    const report = await migrate(target);
    expect(report).toMatchObject({
      outcome: "dirty",
      epoch: 0,
      findings: { count: 1, blocking: 1 },
    });
    let offset = cut;
    while (((whole[offset] ?? 0) & 0xc0) === 0x80) offset--;
    expect(report.findings.first[0]?.position).toMatchObject({ offset });
    expect(await readFile(path)).toEqual(bytes);
  }
});
