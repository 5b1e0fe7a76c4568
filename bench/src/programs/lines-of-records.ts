import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { BenchmarkRecord } from "@cutover/fixtures";

const opening = /^ {2}"(?:[^"\\]|\\.)*": \{$/;

/**
 * Reads a file of records as a stream, knowing that it was printed with two spaces: as little work
 * and memory as JavaScript needs for it. Any other JSON it would misread.
 */
export async function* linesOfRecords(path: string): AsyncGenerator<BenchmarkRecord> {
  const lines = createInterface({ input: createReadStream(path, { highWaterMark: 1 << 18 }) });
  let printed = "";
  for await (const line of lines) {
    if (opening.test(line)) {
      printed = "{";
    } else if (line === "  }," || line === "  }") {
      const record: BenchmarkRecord = JSON.parse(`${printed}}`);
      yield record;
    } else {
      printed += line;
    }
  }
}
