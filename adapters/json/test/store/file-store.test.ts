import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { fileStore } from "../../src/store/file-store.ts";
import { add, readCounter } from "./counter.ts";
import { gateAt } from "./gate.ts";
import { leftovers, tempFolder } from "./temp-folder.ts";

const text = (content: string): readonly Uint8Array[] => [new TextEncoder().encode(content)];

describe("reading", () => {
  it("of plain files creates nothing, and they are at revision 0", async () => {
    const root = tempFolder();
    writeFileSync(`${root}/a.json`, "legacy");
    const store = await fileStore({ root });
    const { snapshot, bytes } = await store.read(["a.json", "missing.json"]);
    expect(snapshot.revision).toBe(0);
    expect(bytes.get("a.json")?.toString()).toBe("legacy");
    expect(bytes.has("missing.json")).toBe(false);
    expect(snapshot.files.get("missing.json")).toMatchObject({ exists: false, sizeBytes: 0 });
    await store.close();
    expect(readdirSync(root)).toEqual(["a.json"]);
  });

  it("gives the same version object while a file stays, and a part of its bytes", async () => {
    const root = tempFolder();
    writeFileSync(`${root}/a.json`, "0123456789");
    const store = await fileStore({ root });
    const first = store.snapshot(["a.json"]).files.get("a.json");
    await add(store, { "b.json": 1 });
    const second = store.snapshot(["a.json"]).files.get("a.json");
    expect(second).toBe(first);
    const part = second && (await store.load(second, { offset: 3, length: 4 }));
    expect(part?.toString()).toBe("3456");
    await store.close();
  });

  it("of a version that was rewritten in place is a conflict, and reading again gets the new", async () => {
    const root = tempFolder();
    writeFileSync(`${root}/a.json`, "1111");
    const store = await fileStore({ root });
    const version = store.snapshot(["a.json"]).files.get("a.json");
    writeFileSync(`${root}/a.json`, "2222");
    if (version === undefined) throw new Error("no version");
    await expect(store.load(version)).rejects.toMatchObject({ reason: "foreign" });
    const { bytes } = await store.read(["a.json"]);
    expect(bytes.get("a.json")?.toString()).toBe("2222");
    await store.close();
  });

  it("of a superseded version is a conflict, never the wrong bytes", async () => {
    const root = tempFolder();
    const store = await fileStore({ root });
    await add(store, { "a.json": 1 });
    const old = store.snapshot(["a.json"]).files.get("a.json");
    await add(store, { "a.json": 1 });
    if (old === undefined) throw new Error("no version");
    expect(store.isCurrent(old)).toBe(false);
    await expect(store.load(old)).rejects.toMatchObject({ reason: "superseded" });
    await store.close();
  });

  it.each(["/etc/passwd", "../x", "a/../b", "", "a//b", ".cutover/json/lock", "a\0b"])(
    "refuses the path %j",
    async (file) => {
      const store = await fileStore({ root: tempFolder() });
      expect(() => store.snapshot([file])).toThrowError(
        expect.objectContaining({ code: "CONFIG_INVALID" }),
      );
      await store.close();
    },
  );
});

describe("what is no regular file", () => {
  const makers: Record<string, (path: string) => void> = {
    FIFO: (path) => void execFileSync("mkfifo", [path]),
    folder: (path) => mkdirSync(path),
    "symbolic link": (path) => {
      writeFileSync(`${path}.real`, "7");
      symlinkSync(`${path}.real`, path);
    },
    "dangling link": (path) => symlinkSync(`${path}.nowhere`, path),
  };

  it.each(Object.keys(makers))(
    "a %s is an error, never missing and never waited for",
    async (kind) => {
      const root = tempFolder();
      makers[kind]?.(`${root}/a.json`);
      const store = await fileStore({ root });
      expect(() => store.snapshot(["a.json"])).toThrowError(
        expect.objectContaining({ code: "IO_FAILED" }),
      );
      await store.close();
    },
  );

  it("a symbolic link is named as such", async () => {
    const root = tempFolder();
    makers["symbolic link"]?.(`${root}/a.json`);
    const store = await fileStore({ root });
    expect(() => store.snapshot(["a.json"])).toThrowError("a.json is a symbolic link");
    await store.close();
  });

  it("a socket is an error", async () => {
    const root = tempFolder();
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(`${root}/a.json`, resolve));
    const store = await fileStore({ root });
    expect(() => store.snapshot(["a.json"])).toThrowError(
      expect.objectContaining({ code: "IO_FAILED" }),
    );
    await store.close();
    server.close();
  });

  it("a file in the place of a folder is an error", async () => {
    const root = tempFolder();
    writeFileSync(`${root}/sub`, "x");
    const store = await fileStore({ root });
    expect(() => store.snapshot(["sub/b.json"])).toThrowError(
      expect.objectContaining({ code: "IO_FAILED" }),
    );
    await store.close();
  });
});

describe("committing", () => {
  it("writes many buffers in order and hands out the new version", async () => {
    const root = tempFolder();
    const store = await fileStore({ root });
    const parts = Array.from({ length: 5000 }, (_, index) => Buffer.from(`${index},`));
    const content = [Buffer.alloc(0), ...parts, Buffer.alloc(0)];
    const base = store.snapshot(["deep/er/a.json"]);
    const after = await store.commit(base, new Map([["deep/er/a.json", content]]));
    const version = after.files.get("deep/er/a.json");
    if (version === undefined) throw new Error("no version");
    expect(store.isCurrent(version)).toBe(true);
    expect(store.snapshot(["deep/er/a.json"]).files.get("deep/er/a.json")).toBe(version);
    expect((await store.load(version)).equals(Buffer.concat(content))).toBe(true);
    expect(readFileSync(`${root}/deep/er/a.json`).equals(Buffer.concat(content))).toBe(true);
    await store.close();
  });

  it("writes large content without tearing it", async () => {
    const root = tempFolder();
    const store = await fileStore({ root });
    const big = [Buffer.alloc(3_000_000, 1), Buffer.alloc(0), Buffer.alloc(2_000_000, 2)];
    await store.commit(store.snapshot(["a.json"]), new Map([["a.json", big]]));
    const { bytes } = await store.read(["a.json"]);
    expect(bytes.get("a.json")?.equals(Buffer.concat(big))).toBe(true);
    await store.close();
  });

  it.each([0o600, 0o640, 0o644, 0o400])("keeps the mode %o of a file", async (mode) => {
    const root = tempFolder();
    writeFileSync(`${root}/a.json`, "x");
    chmodSync(`${root}/a.json`, mode);
    const store = await fileStore({ root });
    await store.commit(store.snapshot(["a.json"]), new Map([["a.json", text("y")]]));
    expect(statSync(`${root}/a.json`).mode & 0o777).toBe(mode);
    await store.close();
  });

  it("makes a new file and the state folder private", async () => {
    const root = tempFolder();
    const store = await fileStore({ root });
    await add(store, { "a.json": 1 });
    expect(statSync(`${root}/a.json`).mode & 0o777).toBe(0o600);
    expect(statSync(`${root}/.cutover/json`).mode & 0o777).toBe(0o700);
    await store.close();
  });

  it("refuses content above the size limit and changes nothing", async () => {
    const root = tempFolder();
    writeFileSync(`${root}/a.json`, "x");
    const store = await fileStore({ root, maxFileBytes: 10 });
    const base = store.snapshot(["a.json"]);
    const change = new Map([["a.json", text("12345678901")]]);
    await expect(store.commit(base, change)).rejects.toMatchObject({ code: "IO_FAILED" });
    expect(readdirSync(root)).toEqual(["a.json"]);
    writeFileSync(`${root}/a.json`, "12345678901");
    await expect(store.read(["a.json"])).rejects.toMatchObject({ code: "IO_FAILED" });
    await store.close();
  });

  it("aborted before the claim changes nothing and leaves nothing", async () => {
    const root = tempFolder();
    const gate = gateAt("temps-written");
    const store = await fileStore({ root, pause: gate.pause });
    const controller = new AbortController();
    const change = new Map([["a.json", text("y")]]);
    const commit = store.commit(store.snapshot(["a.json"]), change, { signal: controller.signal });
    await gate.reached;
    const reason = new Error("enough");
    controller.abort(reason);
    gate.open();
    await expect(commit).rejects.toBe(reason);
    expect(existsSync(`${root}/a.json`)).toBe(false);
    await store.close();
    expect(leftovers(root)).toEqual([]);
  });

  it("that fails after the claim says so, and the next writer finishes it", async () => {
    const root = tempFolder();
    const gate = gateAt("claimed");
    const store = await fileStore({ root, pause: gate.pause });
    const commit = store.commit(store.snapshot(["a.json"]), new Map([["a.json", text("7")]]));
    const outcome = commit.catch((error: unknown) => error);
    await gate.reached;
    mkdirSync(`${root}/a.json`);
    gate.open();
    expect(await outcome).toMatchObject({ code: "COMMIT_UNKNOWN" });
    rmdirSync(`${root}/a.json`);
    await add(store, { "a.json": 1 });
    expect(await readCounter(store, "a.json")).toBe(8);
    await store.close();
    expect(leftovers(root)).toEqual([]);
  });

  it("goes on after somebody removed the state folder", async () => {
    const root = tempFolder();
    const store = await fileStore({ root });
    await add(store, { "a.json": 1 });
    execFileSync("rm", ["-r", `${root}/.cutover`]);
    await add(store, { "a.json": 1 });
    expect(await readCounter(store, "a.json")).toBe(2);
    await store.close();
  });
});

describe("a closed store", () => {
  it("refuses everything with BACKEND_CLOSED, after finishing what was under way", async () => {
    const root = tempFolder();
    const gate = gateAt("synced");
    const store = await fileStore({ root, pause: gate.pause });
    const base = store.snapshot(["a.json"]);
    const commit = store.commit(base, new Map([["a.json", text("7")]]));
    await gate.reached;
    const closed = store.close();
    gate.open();
    await Promise.all([commit, closed]);
    expect(readFileSync(`${root}/a.json`, "utf8")).toBe("7");
    const code = { code: "BACKEND_CLOSED" };
    expect(() => store.snapshot(["a.json"])).toThrowError(expect.objectContaining(code));
    await expect(store.commit(base, new Map())).rejects.toMatchObject(code);
    await expect(store.withLock(async () => {})).rejects.toMatchObject(code);
    await store.close();
  });
});

describe("a folder that cannot take the data", () => {
  const canMount = canMountHere();

  it.runIf(canMount)("when full gives DISK_FULL, changes nothing, and works again", async () => {
    const root = tempFolder();
    mountAt(root);
    const store = await fileStore({ root });
    await add(store, { "a.json": 1 });
    const huge = new Map([["a.json", [Buffer.alloc(2_000_000)]]]);
    const base = store.snapshot(["a.json"]);
    await expect(store.commit(base, huge)).rejects.toMatchObject({ code: "DISK_FULL" });
    expect(leftovers(root).filter((path) => path.endsWith(".tmp"))).toEqual([]);
    await add(store, { "a.json": 1 });
    expect(await readCounter(store, "a.json")).toBe(2);
    await store.close();
  });

  it.runIf(canMount)("when read-only can be read, and writing names the folder", async () => {
    const root = tempFolder();
    mountAt(root);
    writeFileSync(`${root}/a.json`, "7");
    execFileSync("mount", ["-o", "remount,ro", root]);
    const store = await fileStore({ root });
    expect(await readCounter(store, "a.json")).toBe(7);
    const failure = { code: "IO_FAILED", message: expect.stringContaining(root) };
    await expect(add(store, { "a.json": 1 })).rejects.toMatchObject(failure);
    await expect(store.withLock(async () => {})).rejects.toMatchObject(failure);
    await store.close();
  });
});

function mountAt(root: string): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", root], { stdio: "pipe" });
  onTestFinished(() => void execFileSync("umount", [root]));
}

/** Mounting a small file system needs root: elsewhere these tests show as skipped. */
function canMountHere(): boolean {
  const root = mkdtempSync(join(tmpdir(), "cutover-mount-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", root], { stdio: "pipe" });
    execFileSync("umount", [root]);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(root);
  }
}
