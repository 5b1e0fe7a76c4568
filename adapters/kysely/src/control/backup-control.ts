import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { claimFile, syncFile } from "../driver/backup-file.ts";
import { verifyDatabase } from "../sqlite/backup.ts";
import { FileConnections } from "../sqlite/file-connections.ts";

/** Writes a verified copy of a control database to one new file. */
export async function backupControl(database: string, destination: string): Promise<void> {
  const path = resolve(destination);
  claimFile(path);
  try {
    await new FileConnections(database, true).copyTo(path);
    await verifyDatabase(path);
    await syncFile(path);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}
