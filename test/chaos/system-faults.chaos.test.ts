import { describe, expect, test } from "vitest";
import { failuresTellTheirCommand } from "./again.ts";
import { isFull } from "./form.ts";
import { type StoreKind, type SystemFault, systemFaultRun } from "./system-faults/experiment.ts";
import { whyNoStrace } from "./system-faults/strace.ts";

failuresTellTheirCommand();

/**
 * Law: as for the faults on the model disk, with real processes, real files and real SQLite: strace
 * makes system calls of a running writer fail. It counts calls for each thread by itself.
 */
const why = whyNoStrace();
if (why !== undefined) console.warn(`SKIPPED: failing system calls of real processes. ${why}`);

interface FaultList {
  readonly kind: StoreKind;
  readonly calls: string;
  readonly errnos: readonly string[];
  /** Which calls fail in the short form. Default: the first. */
  readonly short?: readonly number[];
}

const lists: readonly FaultList[] = [
  { kind: "sqlite", calls: "pwrite64", errnos: ["ENOSPC", "EIO", "EDQUOT"] },
  { kind: "sqlite", calls: "fdatasync,fsync", errnos: ["EIO", "ENOSPC", "EDQUOT"] },
  // The third one opens the file for writing: SQLite then opens it for reading, and says nothing.
  { kind: "sqlite", calls: "openat", errnos: ["EMFILE", "EACCES", "EROFS"], short: [1, 3] },
  { kind: "sqlite", calls: "pread64", errnos: ["EIO"] },
  { kind: "json", calls: "fsync", errnos: ["EIO", "ENOSPC", "EDQUOT"] },
  { kind: "json", calls: "pwritev,pwritev2", errnos: ["ENOSPC", "EIO", "EDQUOT"] },
  { kind: "json", calls: "link,linkat", errnos: ["EIO", "EACCES", "EROFS"] },
  { kind: "json", calls: "rename,renameat", errnos: ["EIO", "EROFS", "EACCES"] },
  { kind: "json", calls: "mkdir,mkdirat", errnos: ["ENOSPC", "EACCES", "EROFS"] },
];

/** In the short form each list shows its first error, once and for good. */
function faultsOf({ kind, calls, errnos, short = [1] }: FaultList): SystemFault[] {
  const counts = isFull ? [1, 2, 3, 4, 5, 6, 8, 10, 13, 16] : short;
  return (isFull ? errnos : errnos.slice(0, 1)).flatMap((errno) =>
    counts.flatMap((nth) =>
      [false, true].map((isForGood) => ({ kind, calls, errno, nth, isForGood })),
    ),
  );
}

const commandFor = ({ kind, calls, errno, nth, isForGood }: SystemFault): string =>
  `npx -y pnpm@12 exec node --conditions=@cutover/source test/chaos/system-faults/try.fixture.ts ${kind} ${calls} ${errno} ${nth} ${isForGood ? "good" : "once"}`;

describe.skipIf(why !== undefined)("a writer whose system calls fail", () => {
  test.concurrent.each(lists)(
    "$kind, $calls: acknowledges nothing that is not there, and writes again when the fault is gone",
    async (list) => {
      let struck = 0;
      for (const fault of faultsOf(list)) {
        const run = await systemFaultRun(fault);
        const again = commandFor(fault);
        expect({ again, problems: run.problems }).toEqual({ again, problems: [] });
        struck += run.struck;
      }
      expect(struck).toBeGreaterThan(0);
    },
  );
});
