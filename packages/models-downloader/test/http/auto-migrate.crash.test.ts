import { watch } from "node:fs";
import { describe, expect, it } from "vitest";
import { digestAll, openStores } from "../../src/index.ts";
import { type Folder, makeFolder } from "../folder.ts";
import { serve } from "./served.ts";

const content = { lookalike: { scale: { node_metadata: 0.2 } } };

/** Kills a first start with the nth change that it makes to the folder. */
async function killedAtChange(folder: Folder, nth: number): Promise<boolean> {
  const watcher = watch(folder.path, { recursive: true });
  const server = serve(folder.path, "--port", "0", "--auto-migrate");
  let changes = 0;
  watcher.on("change", () => {
    changes += 1;
    if (changes === nth) server.kill("SIGKILL");
  });
  try {
    await Promise.race([server.ending(), server.address().catch(() => "")]);
    return !server.isRunning;
  } finally {
    server.kill("SIGKILL");
    await server.ending();
    watcher.close();
  }
}

async function digestOf(folder: Folder): Promise<string> {
  const stores = await openStores({ folder: folder.path, env: {}, onWarning: () => {} });
  try {
    return await digestAll(stores);
  } finally {
    await stores.close();
  }
}

describe("a first start with --auto-migrate that is killed", () => {
  it.each([1, 2, 4, 6, 8, 12, 16, 24, 40, 80])(
    "with change %i to the folder leaves all data there, and the next start goes on",
    async (nth) => {
      const folder = await makeFolder("json", content);
      const before = await digestOf(folder);
      await killedAtChange(folder, nth);
      expect(await digestOf(folder)).toBe(before);
      const again = serve(folder.path, "--port", "0", "--auto-migrate");
      const url = await again.address();
      expect(again.output).toContain("from sqlite");
      const saved = await fetch(`${url}/save-model-url`, {
        method: "POST",
        body: JSON.stringify({ filename: "after.bin", url: "https://h/x" }),
      });
      expect(saved.status).toBe(200);
      again.kill("SIGTERM");
      expect((await again.ending()).code).toBe(0);
      const stores = await folder.open();
      await stores.models.delete("after.bin");
      expect(await digestOf(folder)).toBe(before);
    },
  );

  it("is killed while it migrates, not before or after, in some of these cases", async () => {
    const folder = await makeFolder("json", content);
    expect(await killedAtChange(folder, 6)).toBe(true);
    const stores = await folder.open();
    expect(stores.storage.kind).toBe("json");
  });
});
