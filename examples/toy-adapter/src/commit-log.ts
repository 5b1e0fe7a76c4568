import { constants, open, type FileHandle } from "node:fs/promises";
import { StorageError, type CollectionChanges, type JsonValue } from "@cutover/core";

type Pairs = readonly (readonly [key: string, value: JsonValue])[];

/** What one commit changed in one collection, as it lies in the log. */
export interface LoggedChange {
  readonly collection: string;
  readonly cleared: boolean;
  readonly deleted: readonly string[];
  readonly replaced: Pairs;
  readonly inserted: Pairs;
}

function logged({ definition, changes }: CollectionChanges): LoggedChange {
  return {
    collection: definition.name,
    cleared: changes.cleared,
    deleted: [...changes.deleted],
    replaced: [...changes.replaced],
    inserted: [...changes.inserted],
  };
}

function parse(line: string, number: number): readonly LoggedChange[] {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only append() writes here
    return JSON.parse(line) as readonly LoggedChange[];
  } catch {
    throw new StorageError("CORRUPT_DATA", `line ${number} of the log is damaged`);
  }
}

/** A file with one line for each commit. A line counts once its line feed is there. */
export class CommitLog {
  /** Bytes of whole commits; what lies behind them was never acknowledged. */
  sizeBytes: number;
  private readonly file: FileHandle;

  private constructor(file: FileHandle, sizeBytes: number) {
    this.file = file;
    this.sizeBytes = sizeBytes;
  }

  /** Opens the log and reads what it holds, oldest first. */
  static async open(path: string): Promise<{ log: CommitLog; changes: LoggedChange[] }> {
    // Not for appending: that would ignore positions.
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    const bytes = await file.readFile();
    const end = bytes.lastIndexOf("\n") + 1;
    const lines = bytes.subarray(0, end).toString().split("\n").slice(0, -1);
    const changes = lines.flatMap((line, index) => parse(line, index + 1));
    return { log: new CommitLog(file, end), changes };
  }

  /** Makes a commit last. Not synced: it survives the process, not the machine. */
  async append(changes: readonly CollectionChanges[]): Promise<void> {
    const line = Buffer.from(`${JSON.stringify(changes.map(logged))}\n`);
    let written = 0;
    while (written < line.length) {
      const rest = line.length - written;
      const { bytesWritten } = await this.file.write(line, written, rest, this.sizeBytes + written);
      written += bytesWritten;
    }
    // Only now: after an error the next commit overwrites the torn one.
    this.sizeBytes += line.length;
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}
