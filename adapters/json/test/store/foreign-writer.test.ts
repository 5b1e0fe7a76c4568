import { cpSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type CommitPoint, commitPoints } from "../../src/store/commit-points.ts";
import { fileStore } from "../../src/store/file-store.ts";
import { StoreConflict } from "../../src/store/store-conflict.ts";
import { type StoreWarning } from "../../src/store/store-warning.ts";
import { addOnce } from "./counter.ts";
import { tempFolder } from "./temp-folder.ts";

const file = "counter.json";

const ways = {
  "rewrites it in place": (path: string) => writeFileSync(path, "1000"),
  "renames another file onto it": (path: string) => {
    writeFileSync(`${path}.theirs`, "1000");
    renameSync(`${path}.theirs`, path);
  },
} as const;
type Way = keyof typeof ways;

async function foreignWriteAt(point: CommitPoint, way: Way) {
  const root = tempFolder();
  writeFileSync(`${root}/${file}`, "7");
  const warnings: StoreWarning[] = [];
  let isDone = false;
  const store = await fileStore({
    root,
    warn: (warning) => warnings.push(warning),
    pause: (reached) => {
      if (reached !== point || isDone) return;
      isDone = true;
      ways[way](`${root}/${file}`);
    },
  });
  const outcome = await addOnce(store, { [file]: 1 }).then(
    () => "committed",
    (error: unknown) => error,
  );
  await store.close();
  const content = readFileSync(`${root}/${file}`, "utf8");
  return { root, outcome, content, warnings };
}

const both: Way[] = ["rewrites it in place", "renames another file onto it"];
const at = (from: CommitPoint, to: CommitPoint): { point: CommitPoint; way: Way }[] =>
  commitPoints
    .slice(commitPoints.indexOf(from), commitPoints.indexOf(to) + 1)
    .flatMap((point) => both.map((way) => ({ point, way })));

describe("a foreign writer during a commit", () => {
  it.each(at("prepared", "synced"))(
    "that $way at $point wins; the commit is redone",
    async (row) => {
      const { outcome, content, warnings, root } = await foreignWriteAt(row.point, row.way);
      expect(outcome).toBeInstanceOf(StoreConflict);
      expect(outcome).toMatchObject({ reason: "foreign", files: [file] });
      expect(content).toBe("1000");
      expect(warnings).toEqual([]);
      expect(readdirSync(root)).toEqual([".cutover", file]);
    },
  );

  it.each(at("before-claim", "target-opened"))(
    "that $way at $point is saved beside the file and reported",
    async (row) => {
      const { outcome, content, warnings, root } = await foreignWriteAt(row.point, row.way);
      expect(outcome).toBe("committed");
      expect(content).toBe("8");
      expect(warnings).toEqual([{ kind: "foreign-change", file, savedAs: `${file}.conflict-1` }]);
      expect(readFileSync(`${root}/${file}.conflict-1`, "utf8")).toBe("1000");
      expect(statSync(`${root}/${file}.conflict-1`).mode & 0o777).toBe(0o600);
    },
  );

  it("that rewrites it in place at before-rename is saved beside the file", async () => {
    const { outcome, root } = await foreignWriteAt("before-rename", "rewrites it in place");
    expect(outcome).toBe("committed");
    expect(readFileSync(`${root}/${file}.conflict-1`, "utf8")).toBe("1000");
  });

  it.each(at("renamed", "pruned"))("that $way at $point, after ours, stays", async (row) => {
    const { outcome, content, warnings } = await foreignWriteAt(row.point, row.way);
    expect(outcome).toBe("committed");
    expect(content).toBe("1000");
    expect(warnings).toEqual([]);
  });
});

describe("a foreign change between operations", () => {
  it.each(both)("by one that %s is seen at once", async (way) => {
    const root = tempFolder();
    writeFileSync(`${root}/${file}`, "7");
    const store = await fileStore({ root });
    const version = store.snapshot([file]).files.get(file);
    if (version === undefined) throw new Error("no version");
    expect(store.isCurrent(version)).toBe(true);
    ways[way](`${root}/${file}`);
    expect(store.isCurrent(version)).toBe(false);
    const { bytes } = await store.read([file]);
    expect(bytes.get(file)?.toString()).toBe("1000");
    await store.close();
  });

  it("of a whole folder put in the place of the old one is seen", async () => {
    const root = tempFolder();
    const folder = `${root}/sub`;
    const store = await fileStore({ root });
    await addOnce(store, { "sub/b.json": 7 });
    const version = store.snapshot(["sub/b.json"]).files.get("sub/b.json");
    if (version === undefined) throw new Error("no version");
    cpSync(folder, `${root}/copy`, { recursive: true });
    writeFileSync(`${root}/copy/b.json`, "8");
    renameSync(folder, `${root}/old`);
    renameSync(`${root}/copy`, folder);
    const { bytes } = await store.read(["sub/b.json"]);
    expect(bytes.get("sub/b.json")?.toString()).toBe("8");
    await store.close();
  });
});
