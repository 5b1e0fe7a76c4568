import { mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatRecord, genesisRecord, parseRecord } from "../../src/store/commit-record.ts";
import { fileStore } from "../../src/store/file-store.ts";
import { tempFolder } from "./temp-folder.ts";

const entry = {
  file: "a.json",
  temp: ".cutover-x.1.tmp",
  ino: 2n ** 63n,
  replaces: { ino: 1n, size: 2n, mtimeNs: 1_700_000_000_000_000_001n },
};
const record = {
  revision: 7,
  token: "t",
  entries: [entry, { ...entry, file: "b.json", replaces: undefined }],
  recent: ["s", "r"],
};
const asText = (change: object): string =>
  JSON.stringify({ ...JSON.parse(formatRecord(record)), ...change });

describe("a commit record", () => {
  it("reads back as written, numbers beyond 2^53 included", () => {
    expect(parseRecord(formatRecord(record), "p")).toEqual(record);
    expect(parseRecord(formatRecord(genesisRecord), "p")).toEqual(genesisRecord);
  });

  it("of a later format is FORMAT_TOO_NEW", () => {
    expect(() => parseRecord(asText({ format: 2 }), "p")).toThrowError(
      expect.objectContaining({ code: "FORMAT_TOO_NEW" }),
    );
  });

  it.each(["", "{", "null", "7", "{}", asText({ entries: [{}] }), asText({ recent: [1] })])(
    "cannot be %s",
    (text) => {
      expect(() => parseRecord(text, "p")).toThrowError(
        expect.objectContaining({ code: "CORRUPT_DATA" }),
      );
    },
  );

  it.each(["../a", "/etc/passwd", ".cutover/json/lock"])("cannot move the file %s", (file) => {
    const text = asText({ entries: [{ file, temp: "x", ino: "1" }] });
    expect(() => parseRecord(text, "p")).toThrowError(
      expect.objectContaining({ code: "CORRUPT_DATA" }),
    );
  });

  it("that is damaged stops the store from being read, and is never taken for revision 0", async () => {
    const root = tempFolder();
    mkdirSync(`${root}/.cutover/json/commits`, { recursive: true });
    writeFileSync(`${root}/.cutover/json/commits/commit-3`, "{");
    const store = await fileStore({ root });
    expect(() => store.snapshot(["a.json"])).toThrowError(
      expect.objectContaining({ code: "CORRUPT_DATA" }),
    );
    await store.close();
  });
});
