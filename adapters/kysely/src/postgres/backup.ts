import { createHash, type Hash } from "node:crypto";
import { rmSync, statSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { basename, resolve } from "node:path";
import {
  isJsonObject,
  rebuildDefinition,
  StorageError,
  type BackupManifest,
  type CollectionInfo,
} from "@cutover/core";
import { claimFile, digestOf, syncFile } from "../driver/backup-file.ts";
import { SqlTable } from "../driver/sql-table.ts";
import { parseJson } from "../layout/column.ts";
import { ownColumns } from "../layout/table-layout.ts";
import type { Dialect } from "../sql/dialect.ts";
import { quote, quoteAll, statement, type Row } from "../sql/statement.ts";
import { backupFormat, backupVersion, readBackup } from "./backup-lines.ts";
import type { Books } from "./books.ts";
import { step, type PgLink } from "./link.ts";

const begin = statement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
const rollback = statement("ROLLBACK");
const batchRows = 500;

/** A file that is written line by line, and its digest. */
class LineFile {
  private readonly file: FileHandle;
  private readonly hash: Hash = createHash("sha256");

  constructor(file: FileHandle) {
    this.file = file;
  }

  async write(lines: readonly unknown[]): Promise<void> {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    this.hash.update(text);
    await this.file.writeFile(text);
  }

  async end(): Promise<void> {
    await this.file.writeFile(`${JSON.stringify({ sha256: this.hash.digest("hex") })}\n`);
  }
}

interface Stored {
  readonly table: SqlTable;
  readonly touched: boolean;
  readonly definition: unknown;
}

function storedIn(rows: readonly Row[], dialect: Dialect): Stored[] {
  return rows.map(([name, definition, touched]) => {
    const description = parseJson(String(definition));
    if (!isJsonObject(description)) {
      throw new StorageError("CORRUPT_DATA", `collection "${String(name)}" has no definition`);
    }
    const table = new SqlTable(rebuildDefinition(description), dialect);
    return { table, touched: touched === 1, definition: description };
  });
}

/** Writes a table's records, oldest first. @returns how many */
async function writeTable(
  link: PgLink,
  file: LineFile,
  { table, collection }: { readonly table: SqlTable; readonly collection: number },
): Promise<number> {
  const position = quote(ownColumns.position);
  const isForward = table.definition.order === "append";
  const next = statement(
    `SELECT ${quoteAll(table.layout.columns)}, ${position} FROM ${table.dialect.table(table.name)} ` +
      `WHERE ${position} ${isForward ? ">" : "<"} ? ORDER BY ${position} ${isForward ? "ASC" : "DESC"} LIMIT ${batchRows}`,
  );
  let from = isForward ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER;
  let records = 0;
  for (;;) {
    const [found] = await link.send([step(next, [from])]);
    const rows = found?.rows ?? [];
    await file.write(
      rows.map((row) => [collection, table.codec.keyOf(row), table.codec.decode(row)]),
    );
    records += rows.length;
    if (rows.length < batchRows) return records;
    from = Number(rows.at(-1)?.at(-1));
  }
}

/** Writes one state of a schema to one new file, and reads the file again. */
async function write(
  link: PgLink,
  path: string,
  { books, dialect }: { readonly books: Books; readonly dialect: Dialect },
): Promise<CollectionInfo[]> {
  const [, list] = await link.send([step(begin), step(books.list)]);
  const stored = storedIn(list?.rows ?? [], dialect);
  const handle = await open(path, "r+");
  const infos: CollectionInfo[] = [];
  try {
    const file = new LineFile(handle);
    const collections = stored.map(({ definition, touched }) => ({ definition, touched }));
    await file.write([{ format: backupFormat, version: backupVersion, collections }]);
    for (const [collection, { table, touched }] of stored.entries()) {
      const records = await writeTable(link, file, { table, collection });
      infos.push({ name: table.name, exists: touched || records > 0, records });
    }
    await file.end();
  } finally {
    await handle.close();
  }
  return infos;
}

async function verify(path: string, infos: readonly CollectionInfo[]): Promise<void> {
  const counts = infos.map(() => 0);
  await readBackup(path, {
    head: async () => {},
    record: ([collection]) => {
      counts[collection] = (counts[collection] ?? 0) + 1;
      return undefined;
    },
  });
  if (infos.every(({ records }, index) => records === counts[index])) return;
  throw new StorageError("CORRUPT_DATA", `${path}: the file does not hold what was written to it`);
}

/** What `backup()` does. The connection is given back to whoever leased it. */
export async function writeBackup(
  link: PgLink,
  destination: string,
  schema: { readonly books: Books; readonly dialect: Dialect },
): Promise<BackupManifest> {
  const path = resolve(destination);
  claimFile(path);
  try {
    const collections = await write(link, path, schema);
    await link.send([step(rollback)]);
    await verify(path, collections);
    await syncFile(path);
    const { size: sizeBytes } = statSync(path);
    const file = { path: basename(path), sizeBytes, sha256: await digestOf(path) };
    return { kind: "postgres", destination: path, files: [file], collections };
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}
