import {
  StorageError,
  type AuditRow,
  type ControlLock,
  type ControlRecord,
  type ControlStore,
  type DirtyMark,
  type LockMode,
  type LockOptions,
  type MarkTarget,
  type Note,
} from "@cutover/core";

/** A control store that breaks one promise. */
export interface ControlMutant {
  readonly what: string;
  /** Clauses that must notice. */
  readonly noticed: readonly string[];
  /** What is done otherwise. */
  readonly spoil: (store: ControlStore) => Partial<ControlStore>;
}

const nothing: ControlLock = { release: () => {} };

function late(): StorageError {
  return new StorageError("LOCK_TIMEOUT", "not to be had");
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Exclusion without fairness: whoever finds it free takes it. */
function unfair(): Partial<ControlStore> {
  const holders = new Map<string, number>();
  return {
    lock: async (name: string, mode: LockMode, { timeoutMs, signal }: LockOptions) => {
      const endMs = performance.now() + Math.min(timeoutMs, 2000);
      const isFree = (held: number): boolean => (mode === "shared" ? held >= 0 : held === 0);
      while (!isFree(holders.get(name) ?? 0)) {
        if (performance.now() >= endMs) throw late();
        await turn();
        signal?.throwIfAborted();
      }
      const add = (step: number): unknown => holders.set(name, (holders.get(name) ?? 0) + step);
      const step = mode === "shared" ? 1 : -1;
      add(step);
      return { release: () => add(-step) };
    },
  };
}

type Lock = ControlStore["lock"];
const locking = (lock: (original: Lock) => Lock): ControlMutant["spoil"] => {
  return (store) => ({ lock: lock(store.lock.bind(store)) });
};

type Change<T> = (found: readonly T[]) => readonly T[];
const marking = (change: Change<DirtyMark>): ControlMutant["spoil"] => {
  return (store) => ({ marks: async (unit, limit) => change(await store.marks(unit, limit)) });
};
const recording = (change: Change<ControlRecord>): ControlMutant["spoil"] => {
  return (store) => ({ records: async () => change(await store.records()) });
};
const auditing = (change: Change<AuditRow>): ControlMutant["spoil"] => {
  return (store) => ({ audit: async (limit) => change(await store.audit(limit)) });
};
const noting = (change: Change<Note>): ControlMutant["spoil"] => {
  return (store) => ({ notes: async (topic, limit) => change(await store.notes(topic, limit)) });
};

const mutant = (
  what: string,
  noticed: readonly string[],
  spoil: ControlMutant["spoil"],
): ControlMutant => ({ what, noticed, spoil });

const emptyIsAll = (target: MarkTarget): MarkTarget =>
  target.key === "" ? { ...target, key: undefined } : target;

const recordMutants: readonly ControlMutant[] = [
  mutant(
    "revisions start at 0",
    ["records/kept"],
    recording((found) => found.map((one) => ({ ...one, revision: one.revision - 1 }))),
  ),
  mutant("a refused commit keeps its audit", ["records/all-or-nothing"], (store) => ({
    commit: async (changes, audit) => {
      await store.commit([], audit);
      await store.commit(changes, []);
    },
  })),
  mutant("a refused commit keeps its first change", ["records/all-or-nothing"], (store) => ({
    commit: async (changes, audit) => {
      await store.commit(changes.slice(0, 1), audit);
      if (changes.length > 1) await store.commit(changes.slice(1), []);
    },
  })),
  mutant("the last commit wins", ["records/one-wins"], (store) => {
    let last = Promise.resolve();
    const force: ControlStore["commit"] = async (changes, audit) => {
      const found = new Map((await store.records()).map(({ name, revision }) => [name, revision]));
      const fresh = changes.map((one) => ({ ...one, revision: found.get(one.name) ?? 0 }));
      await store.commit(fresh, audit);
    };
    return { commit: (...call) => (last = last.then(() => force(...call))) };
  }),
  mutant("the generation stands still", ["records/generation"], () => ({ generation: () => 1 })),
  mutant("marks raise the generation", ["records/generation"], (store) => ({
    mark: async (unit, targets) => {
      await store.commit([], []);
      return store.mark(unit, targets);
    },
  })),
  mutant("records are handed out, not copied", ["records/copies"], (store) => {
    let kept: readonly ControlRecord[] | undefined;
    return { records: async () => (kept ??= await store.records()) };
  }),
  mutant(
    "the oldest audit comes first",
    ["records/audit"],
    auditing((rows) => rows.toReversed()),
  ),
  mutant("the audit ignores the limit", ["records/audit"], (store) => ({
    audit: () => store.audit(1e6),
  })),
  mutant("all stores have one incarnation", ["records/incarnation"], () => ({
    incarnation: () => "same",
  })),
];

const markMutants: readonly ControlMutant[] = [
  mutant(
    "the latest marks come first",
    ["marks/listed"],
    marking((found) => found.toSorted((left, right) => right.number - left.number)),
  ),
  mutant("marks ignore the limit", ["marks/listed"], (store) => ({
    marks: (unit) => store.marks(unit, 1e6),
  })),
  mutant(
    "a mark is as old as its last writer",
    ["marks/listed"],
    marking((found) => found.map((one) => ({ ...one, sinceMs: 2000 }))),
  ),
  mutant("the empty key means everything", ["marks/any-key"], (store) => ({
    mark: (unit, targets) => store.mark(unit, targets.map(emptyIsAll)),
  })),
  mutant("numbers begin anew", ["marks/numbers"], (store) => ({
    mark: async (unit, targets) => {
      await store.mark(unit, targets);
      return 1;
    },
  })),
  mutant("units share their marks", ["marks/apart"], (store) => ({
    mark: (_unit, targets) => store.mark("all", targets),
    marks: (_unit, limit) => store.marks("all", limit),
    settle: (_unit, write) => store.settle("all", write),
    clear: (_unit, marks) => store.clear("all", marks),
  })),
  mutant("findings have a writer", ["marks/found"], (store) => ({
    markSettled: async (unit, marks) => {
      await store.mark(unit, marks);
      await store.markSettled(unit, marks);
    },
  })),
  mutant("findings never moved", ["marks/found"], (store) => ({
    markSettled: (unit, marks) =>
      store.markSettled(
        unit,
        marks.map((one) => ({ ...one, moved: false })),
      ),
  })),
  mutant("collections count as keys", ["marks/counted"], (store) => ({
    count: async (unit) => ({
      ...(await store.count(unit)),
      keys: (await store.marks(unit, 99)).length,
    }),
  })),
  mutant("nobody is ever writing", ["marks/counted"], (store) => ({
    count: async (unit) => ({ ...(await store.count(unit)), writing: 0 }),
  })),
];

const writerMutants: readonly ControlMutant[] = [
  mutant("the first to settle settles for all", ["writers/both"], (store) => ({
    settle: async (unit, write) => {
      for (let time = 0; time < 9; time++) await store.settle(unit, write);
    },
  })),
  mutant(
    "clear() asks nobody",
    ["writers/both", "writers/marked-again", "writers/settled-since"],
    (store) => ({
      clear: async (unit) => {
        await store.settleOrphans(unit);
        await store.clear(unit, await store.marks(unit, 1e6));
      },
    }),
  ),
  mutant("clear() ignores the number", ["writers/marked-again"], (store) => ({
    clear: async (unit) => store.clear(unit, await store.marks(unit, 1e6)),
  })),
  mutant("clear() believes only what is there now", ["writers/settled-since"], (store) => ({
    clear: (unit, marks) =>
      store.clear(
        unit,
        marks.map((one) => ({ ...one, writers: 0 })),
      ),
  })),
  mutant("nothing moves", ["writers/moved"], (store) => ({
    settle: (unit, write) => store.settle(unit, { ...write, moved: [] }),
  })),
  mutant("everything moves", ["writers/moved"], (store) => ({
    settle: (unit, write) => store.settle(unit, { ...write, moved: write.targets }),
  })),
  mutant("settling is saved up", ["writers/never-below"], (store) => {
    let spare = 0;
    return {
      settle: async (unit, write) => {
        const [first] = await store.marks(unit, 1);
        if (first?.writers === 0) spare++;
        await store.settle(unit, write);
      },
      mark: async (unit, targets) => {
        const mark = await store.mark(unit, targets);
        for (; spare > 0; spare--) await store.settle(unit, { mark, targets, moved: [] });
        return mark;
      },
    };
  }),
  mutant("a key that is named twice has two writers", ["writers/named-twice"], (store) => ({
    mark: async (unit, targets) => {
      let number = 0;
      for (const target of targets) number = await store.mark(unit, [target]);
      return number;
    },
  })),
  mutant("orphans did not move anything", ["writers/orphans"], (store) => ({
    ...marking((found) => found.map((one) => ({ ...one, moved: false })))(store),
  })),
  mutant("orphans are forgotten", ["writers/orphans"], () => ({ settleOrphans: async () => 0 })),
  mutant("the dead settle for the living", ["writers/late-orphan"], (store) => ({
    settle: (unit, write) => store.settle(unit, { ...write, mark: 1e9 }),
  })),
  mutant("marks at once are lost", ["writers/many"], (store) => {
    let busy = false;
    return {
      mark: async (unit, targets) => {
        if (busy) return 1;
        busy = true;
        await turn();
        busy = false;
        return store.mark(unit, targets);
      },
    };
  }),
];

const lockMutants: readonly ControlMutant[] = [
  mutant(
    "locks lock nothing",
    ["locks/shared", "locks/exclusive", "locks/one-at-a-time", "locks/not-overtaken"],
    () => ({ lock: async () => nothing }),
  ),
  mutant(
    "shared locks are exclusive",
    ["locks/shared"],
    locking(
      (lock) => (name, _mode, options) =>
        lock(name, "exclusive", { ...options, timeoutMs: Math.min(options.timeoutMs, 500) }),
    ),
  ),
  mutant("locks are unfair", ["locks/not-overtaken", "locks/stream"], unfair),
  mutant(
    "names differ by letters only",
    ["locks/names"],
    locking(
      (lock) => (name, mode, options) =>
        lock(name.replaceAll(/[^a-z]/gi, "").toLowerCase(), mode, {
          ...options,
          timeoutMs: Math.min(options.timeoutMs, 500),
        }),
    ),
  ),
  mutant(
    "a deadline is an empty lock",
    ["locks/deadline"],
    locking(
      (lock) =>
        (...call) =>
          lock(...call).catch(() => nothing),
    ),
  ),
  mutant(
    "who gave up goes on waiting",
    ["locks/deadline"],
    locking((lock) => async (name, mode, options) => {
      if (options.timeoutMs === 0 || options.timeoutMs > 1000) return lock(name, mode, options);
      void lock(name, mode, { timeoutMs: 60_000 }).catch(() => undefined);
      throw late();
    }),
  ),
  mutant(
    "signals are ignored at first",
    ["locks/abort"],
    locking(
      (lock) => (name, mode, options) =>
        lock(
          name,
          mode,
          options.signal?.aborted === true ? { timeoutMs: options.timeoutMs } : options,
        ),
    ),
  ),
  mutant(
    "an aborted wait says that it took too long",
    ["locks/abort", "locks/abort-shared"],
    locking(
      (lock) =>
        (...call) =>
          lock(...call).catch(() => Promise.reject(late())),
    ),
  ),
  mutant("a lock is released as often as one likes", ["locks/release-twice"], () => {
    let sharing = 0;
    return {
      lock: async (_name, mode) => {
        if (mode === "exclusive" && sharing > 0) throw late();
        if (mode === "shared") sharing++;
        return { release: () => void (sharing -= mode === "shared" ? 1 : 0) };
      },
    };
  }),
];

const otherMutants: readonly ControlMutant[] = [
  mutant(
    "the newest notes come first",
    ["notes/kept"],
    noting((found) => found.toReversed()),
  ),
  mutant("topics share their notes", ["notes/kept", "notes/removed"], (store) => ({
    note: (_topic, key, value) => store.note("all", key, value),
    notes: (_topic, limit) => store.notes("all", limit),
  })),
  mutant("no note is ever removed", ["notes/removed"], (store) => ({
    note: async (topic, key, value) => {
      if (value !== undefined) await store.note(topic, key, value);
    },
  })),
  mutant("close() closes nothing", ["closing/refused", "closing/locks"], () => ({
    close: async () => {},
  })),
  mutant("count() works on a closed store", ["closing/refused"], () => ({
    count: () => ({ keys: 0, collections: [], writing: 0, oldestMs: undefined }),
  })),
  mutant("close() forgets what was begun", ["closing/finishes"], (store) => ({
    commit: async (changes, audit) => {
      await turn();
      await store.commit(changes, audit);
    },
  })),
];

/** One way, at least, to break every promise. */
export const controlMutants: readonly ControlMutant[] = [
  ...recordMutants,
  ...markMutants,
  ...writerMutants,
  ...lockMutants,
  ...otherMutants,
];
