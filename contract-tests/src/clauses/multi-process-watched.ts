import assert from "node:assert/strict";
import type { Clause } from "../clause.ts";
import { plain, second } from "../proof/collections.ts";
import { trusted } from "../proof/trusted.ts";

type Needs = NonNullable<Clause["needs"]>;
type Without = NonNullable<Clause["without"]>;

const keys = Array.from({ length: 200 }, (_, index) => `k${index}`);

/** Goes on writing until a reader in another process has read often enough. */
async function during<T>(
  reading: Promise<T>,
  write: (round: number) => Promise<unknown>,
): Promise<T> {
  const reader = { over: false };
  const read = reading.finally(() => {
    reader.over = true;
  });
  for (let round = 1; !reader.over; round++) await write(round);
  return read;
}

/** What the task "watch" writes of each read. */
interface Seen {
  readonly records: number;
  readonly values: readonly string[];
}

/** Checks sets of values that a reader saw: each whole, and of one write. */
function checkWhole(seen: unknown, sizes: readonly number[]): void {
  assert.ok(Array.isArray(seen) && seen.length > 0);
  for (const text of trusted<string[]>(seen)) {
    const { records, values } = trusted<Seen>(JSON.parse(text));
    assert.ok(sizes.includes(records), `a reader saw ${records} of ${keys.length} records`);
    assert.ok(values.length <= 1, `a reader saw ${values.length} writes at once`);
  }
}

/** What a process sees while another writes. */
export function watched(needs: Needs, without: Without): readonly Clause[] {
  return [
    {
      id: "multi-process/batches-whole",
      title: "no process sees half of another's batch",
      needs,
      without,
      run: async (context) => {
        const collection = (await context.open([plain])).collection(plain);
        const child = await context.secondProcess([plain]);
        const watching = child.run("watch", { collection: "plain", times: 60 });
        const seen = await during(watching, async (round) => {
          if (round % 3 === 0) await collection.deleteMany(keys);
          else await collection.putMany(keys.map((key) => [key, round]));
        });
        checkWhole(seen, [0, keys.length]);
      },
    },
    {
      id: "multi-process/replaced-whole",
      title: "no process sees a mix of what another's replaceAll() replaces, nor nothing",
      needs,
      without,
      run: async (context) => {
        const collection = (await context.open([plain])).collection(plain);
        await collection.replaceAll(keys.map((key) => [key, 0]));
        const child = await context.secondProcess([plain]);
        const watching = child.run("watch", { collection: "plain", times: 60 });
        const seen = await during(watching, (round) =>
          collection.replaceAll(keys.toReversed().map((key) => [key, round])),
        );
        checkWhole(seen, [keys.length]);
      },
    },
    {
      id: "multi-process/transactions-whole",
      title: "no process sees half of another's transaction over two collections",
      needs,
      without,
      run: async (context) => {
        const backend = await context.open([plain, second]);
        const child = await context.secondProcess([plain, second]);
        const pair = { collection: "plain", other: "second", key: "k", times: 40 };
        const differed = await during(child.run("watchBoth", pair), (round) =>
          backend.transaction(async (tx) => {
            await tx.collection(plain).put("k", round);
            await tx.collection(second).put("k", round);
          }),
        );
        assert.equal(differed, 0);
      },
    },
    {
      id: "multi-process/held-transaction",
      title: "a process reads the last commit, or waits, while another's transaction is open",
      needs,
      without,
      run: async (context) => {
        const collection = (await context.open([plain])).collection(plain);
        await collection.put("k", "before");
        const child = await context.secondProcess([plain]);
        await child.run("hold", { collection: "plain", key: "k", value: "after" });
        const reading = collection.get("k");
        const writing = collection.put("other", 1);
        await child.run("letGo");
        assert.ok(["before", "after"].includes(trusted(await reading)));
        await writing;
        assert.equal(await collection.get("k"), "after");
        assert.equal(await collection.get("other"), 1);
      },
    },
  ];
}
