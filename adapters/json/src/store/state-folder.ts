import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { formatRecord, genesisRecord } from "./commit-record.ts";
import { errnoOf, fileError } from "./file-error.ts";
import { settleAll, syncFolder } from "./folder-sync.ts";
import { type StoreContext } from "./store-context.ts";
import { revisionOf } from "./store-paths.ts";

/**
 * Makes the state folder and revision 0 durable, if they are not there yet. Any number of
 * processes may do so at once.
 * @throws StorageError IO_FAILED naming the folder when it cannot be written, DISK_FULL
 */
export async function makeStateFolder(context: StoreContext): Promise<void> {
  const { paths } = context;
  try {
    for (const folder of [paths.commits, paths.writers]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
    if (!readdirSync(paths.commits).some((name) => revisionOf(name) !== undefined)) {
      writeGenesis(context);
    }
    // Another process may have made them and not have come to this yet.
    const folders = [paths.root, dirname(paths.state), paths.state, paths.commits];
    await settleAll(folders.map((folder) => syncFolder(folder)));
  } catch (error) {
    throw fileError("write to the folder", paths.root, error);
  }
}

/** A late one, linked when revision 0 is long gone, lies below the highest and is never heeded. */
function writeGenesis({ paths, writer }: StoreContext): void {
  // Without a note nobody would look for what a kill leaves here.
  writer.announce(["."]);
  const temp = join(paths.state, `.cutover-${writer.nextToken()}.tmp`);
  const fd = openSync(temp, "wx", 0o600);
  try {
    writeSync(fd, formatRecord(genesisRecord));
    fsyncSync(fd);
    linkSync(temp, paths.commit(0));
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  } finally {
    closeSync(fd);
    rmSync(temp, { force: true });
  }
}
