import { nowMs } from "./subject.ts";
import type { WriteStep } from "./write-step.ts";

/** A call that a process dies in, and what it finds. */
export interface Call {
  /** What has to be there before; made when nothing fails yet. */
  readonly before: readonly WriteStep[];
  readonly call: WriteStep;
}

const past = nowMs - 1;
const later = nowMs + 1000;

/** Every way in which an application writes. The number makes each round another one. */
export const calls = {
  insert: (n) => ({
    before: [],
    call: { do: "insert", in: "plain", key: `victim-new${n}`, row: { n } },
  }),
  put: (n) => ({
    before: [],
    call: { do: "put", in: "newest", key: `victim-new${n}`, row: { n } },
  }),
  patch: (n) => ({
    before: [],
    call: { do: "patch", in: "plain", key: "victim7", row: { n: n + 100 } },
  }),
  update: (n) => ({
    before: [],
    call: { do: "add", in: "newest", key: "victim9", row: { n: n + 1 } },
  }),
  delete: (n) => ({
    before: [{ do: "put", in: "plain", key: `victim-gone${n}`, row: { n } }],
    call: { do: "delete", in: "plain", key: `victim-gone${n}` },
  }),
  "bulk write": (n) => ({
    before: [],
    call: {
      do: "putMany",
      in: "newest",
      rows: [
        ["victim3", { n: n + 7 }],
        [`victim-many${n}`, { n }],
        ["victim1", { n: n + 8 }],
      ],
    },
  }),
  "eviction of an expired owner": (n) => ({
    before: [
      {
        do: "put",
        in: "claimed",
        key: `victim-late${n}`,
        row: { n, owner: `victim-e${n}`, until: past },
      },
    ],
    call: {
      do: "put",
      in: "claimed",
      key: `victim-heir${n}`,
      row: { n, owner: `victim-e${n}`, until: later },
    },
  }),
  "deletion of the expired": (n) => ({
    before: [
      {
        do: "put",
        in: "claimed",
        key: `victim-old${n}`,
        row: { n, owner: `victim-o${n}`, until: past },
      },
    ],
    call: { do: "sweep", in: "claimed" },
  }),
  "transaction that moves records": (n) => ({
    before: [],
    call: {
      do: "transaction",
      steps: [
        { do: "delete", in: "plain", key: "victim2" },
        { do: "put", in: "plain", key: "victim2", row: { n: n + 2 } },
        { do: "delete", in: "newest", key: "victim5" },
        { do: "put", in: "newest", key: "victim5", row: { n: n + 5 } },
        {
          do: "put",
          in: "claimed",
          key: `victim-tx${n}`,
          row: { n, owner: `victim-t${n}`, until: later },
        },
      ],
    },
  }),
  clear: (n) => ({
    before: [{ do: "put", in: "newest", key: `victim-swept${n}`, row: { n } }],
    call: { do: "clear", in: "newest" },
  }),
  "replacement of everything": (n) => ({
    before: [],
    call: {
      do: "replaceAll",
      in: "claimed",
      rows: [
        [`victim-r${n}`, { n, owner: "victim-first3" }],
        ["victim4", { n, owner: "victim-first2", until: later }],
        ["victim3", { n, owner: "victim-first4", until: past }],
      ],
    },
  }),
} as const satisfies Record<string, (n: number) => Call>;

/** A name of {@link calls}. */
export type CallName = keyof typeof calls;
