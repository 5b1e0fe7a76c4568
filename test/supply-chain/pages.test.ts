import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const docs = join(import.meta.dirname, "../../docs");
const page = readFileSync(join(docs, "durability.md"), "utf8");

test("every cell of the table of durability names a test that exists or says that there is none", () => {
  const [table = ""] = page.split("\n## ");
  const cells = table
    .split("\n")
    .filter(
      (line) =>
        line.startsWith("| ") && !line.startsWith("| store and") && !line.includes("memory"),
    )
    .flatMap((line) => line.split(" | ").slice(1));
  expect(cells.length).toBeGreaterThan(20);
  expect(cells.filter((cell) => !/by design|\]\(\.\.\//.test(cell))).toEqual([]);
});

test.each(["docs/durability.md", "SECURITY.md"])(
  "%s links to nothing that is not there",
  (path) => {
    const at = join(docs, "..", path);
    const linked = [...readFileSync(at, "utf8").matchAll(/\]\(([^)]+)\)/g)].map(
      ([, link]) => link ?? "",
    );
    expect(linked.length).toBeGreaterThan(10);
    expect(linked.filter((link) => !existsSync(join(dirname(at), link)))).toEqual([]);
  },
);
