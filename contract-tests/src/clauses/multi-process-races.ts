import assert from "node:assert/strict";
import { isStorageError } from "@cutover/core";
import type { Clause, ClauseContext, SecondProcess } from "../clause.ts";
import { accounts, plain } from "../proof/collections.ts";
import { trusted } from "../proof/trusted.ts";

type Needs = NonNullable<Clause["needs"]>;
type Without = NonNullable<Clause["without"]>;

async function children(
  context: ClauseContext,
  count: number,
  collections: Parameters<ClauseContext["secondProcess"]>[0],
): Promise<SecondProcess[]> {
  const waiting = { lockTimeoutMs: 60_000 };
  return Promise.all(
    Array.from({ length: count }, () => context.secondProcess(collections, waiting)),
  );
}

async function increments(context: ClauseContext): Promise<void> {
  const processes = await children(context, 4, [plain]);
  const times = Math.max(10, Math.round(1000 * context.scale));
  const task = { collection: "plain", key: "n", times };
  await Promise.all(processes.map((child) => child.run("increment", task)));
  const backend = await context.open([plain]);
  assert.equal(await backend.collection(plain).get("n"), 4 * times);
}

async function oneInsertWins(context: ClauseContext): Promise<void> {
  const processes = await children(context, 3, [plain]);
  const keys = Array.from({ length: 60 }, (_, index) => `k${index}`);
  const won = await Promise.all(
    processes.map((child, value) => child.run("insertEach", { collection: "plain", keys, value })),
  );
  const owners = new Map<string, number>();
  for (const [owner, list] of won.entries())
    for (const key of trusted<string[]>(list)) {
      assert.ok(!owners.has(key), `two processes inserted ${key}`);
      owners.set(key, owner);
    }
  assert.equal(owners.size, keys.length);
  const found = await (await context.open([plain])).collection(plain).find();
  for (const { key, value } of found) assert.equal(value, owners.get(key));
}

async function oneUniqueWins(context: ClauseContext): Promise<void> {
  const processes = await children(context, 2, [accounts]);
  for (let round = 0; round < 30; round++) {
    const value = { email: `e${round}` };
    const won = await Promise.all(
      processes.map((child, index) =>
        child.run("insertEach", { collection: "accounts", keys: [`${round}.${index}`], value }),
      ),
    );
    assert.equal(won.flat().length, 1, `round ${round}: ${won.flat().length} winners`);
  }
  assert.equal(await (await context.open([accounts])).collection(accounts).count(), 30);
}

async function writeSkew(context: ClauseContext): Promise<void> {
  const collection = (await context.open([plain])).collection(plain);
  await collection.putMany([
    ["a", 1050],
    ["b", 1050],
  ]);
  const processes = await children(context, 2, [plain]);
  const taken = await Promise.all(
    processes.map((child, index) =>
      child.run("withdraw", { collection: "plain", key: index === 0 ? "a" : "b", times: 30 }),
    ),
  );
  assert.equal(Number(taken[0]) + Number(taken[1]), 21);
  const left = (await collection.find()).reduce((sum, { value }) => sum + Number(value), 0);
  assert.equal(left, 0);
}

async function killedHolder(context: ClauseContext): Promise<void> {
  const backend = await context.open([plain], { lockTimeoutMs: 60_000 });
  const collection = backend.collection(plain);
  await collection.put("k", "before");
  const [holder, other] = await children(context, 2, [plain]);
  assert.ok(holder !== undefined && other !== undefined);
  await holder.run("hold", { collection: "plain", key: "k", value: "never" });
  const waiting = collection.put("mine", 1);
  const beside = other.run("put", { collection: "plain", key: "theirs", value: 1 });
  await holder.kill();
  await Promise.all([waiting, beside]);
  assert.equal(await collection.get("k"), "before");
  assert.equal(await collection.count(), 3);
  await backend.transaction((tx) => tx.collection(plain).put("k", "after"), { timeoutMs: 60_000 });
}

/** Whether a call took effect; LOCK_TIMEOUT is the only other end it may have. */
async function tookEffect(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    assert.ok(isStorageError(error, "LOCK_TIMEOUT"), String(error));
    return false;
  }
}

async function lockTimeout(context: ClauseContext): Promise<void> {
  const backend = await context.open([plain], { lockTimeoutMs: 500 });
  const collection = backend.collection(plain);
  const child = await context.secondProcess([plain]);
  await child.run("hold", { collection: "plain", key: "held", value: 1 });
  const wrote = {
    put: await tookEffect(collection.put("put", 1)),
    many: await tookEffect(collection.putMany(["many"].map((key) => [key, 1]))),
    inside: await tookEffect(
      backend.transaction((tx) => tx.collection(plain).put("inside", 1), { timeoutMs: 500 }),
    ),
  };
  await child.run("letGo");
  // Where others need not wait, the transaction that they overtook runs again.
  const expected = Object.entries(wrote).flatMap(([key, wrote]) => (wrote ? [key] : []));
  // A write that comes after what timed out, and would find it done if it were still under way.
  await collection.put("next", 1);
  const keys = (await collection.find()).map(({ key }) => key);
  assert.deepEqual(keys.toSorted(), [...expected, "held", "next"].toSorted());
}

/** What several processes do at the same time. */
export function racing(needs: Needs, without: Without): readonly Clause[] {
  const clause = (name: string, title: string, run: Clause["run"]): Clause => ({
    id: `multi-process/${name}`,
    title,
    needs,
    without,
    run,
  });
  return [
    {
      ...clause(
        "increments",
        "4 processes with 1,000 increments each give exactly 4,000",
        increments,
      ),
      heavy: true,
    },
    clause(
      "one-insert-wins",
      "of processes that insert one key exactly one succeeds",
      oneInsertWins,
    ),
    clause(
      "one-unique-wins",
      "of processes that claim one unique value exactly one succeeds",
      oneUniqueWins,
    ),
    clause("write-skew", "transactions of different processes are serialisable", writeSkew),
    clause(
      "killed-holder",
      "of a process that is killed inside a transaction nothing is left, and the others go on",
      killedHolder,
    ),
    clause(
      "lock-timeout",
      "a writer that meets another process at work writes in time or is LOCK_TIMEOUT, and is then not there",
      lockTimeout,
    ),
  ];
}
