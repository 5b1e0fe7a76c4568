import type { Weakening } from "./weakening.ts";

/** What a weakening breaks, and where that shows. */
export interface WeakenedProtocol {
  readonly weakening: Weakening;
  /** The configuration to explore. */
  readonly configuration: string;
  /** The law that does not hold any more. */
  readonly breaks: string;
  /** What happens, in plain words. */
  readonly because: string;
}

const cover = "marks cover every difference";
const rest = "it can always come to rest";

/** Every weakening, and what it breaks. */
export const weakenings: readonly WeakenedProtocol[] = [
  {
    weakening: "mark after the write",
    configuration: "mirroring",
    breaks: cover,
    because:
      "A writer that dies between the write and the mark leaves a difference nobody knows of.",
  },
  {
    weakening: "settle before the write",
    configuration: "mirroring",
    breaks: cover,
    because: "A drain clears the mark; the write comes after it.",
  },
  {
    weakening: "unknown outcome counted as nothing moved",
    configuration: "failures",
    breaks: cover,
    because:
      "The record was removed and put again after all; the mirror keeps it in its old place.",
  },
  {
    weakening: "moved dropped",
    configuration: "mirroring",
    breaks: cover,
    because: "A record that was removed and put again keeps its old place at the mirror.",
  },
  {
    weakening: "expiry of unknown outcome swept nothing",
    configuration: "failures",
    breaks: cover,
    because: "What it removed after all, and could not name beforehand, stays at the mirror.",
  },
  {
    weakening: "writer routes before the lock",
    configuration: "switch and reverse",
    breaks: "nothing stale is written",
    because: "The switch happens in between; the write goes to the store that was demoted.",
  },
  {
    weakening: "writer trusts its cached stage",
    configuration: "switch and reverse",
    breaks: "nothing stale is written",
    because: "The second write of a process goes where the first one went.",
  },
  {
    weakening: "switch without the writers lock",
    configuration: "switch and reverse",
    breaks: "no write is lost",
    because: "A write lands in the old store after its last drain, and is not in the new one.",
  },
  {
    weakening: "switch without the drain lock",
    configuration: "two operators",
    breaks: "nothing stale is applied",
    because: "A drain that began before the stage changed applies what it read after it.",
  },
  {
    weakening: "switch without a drain",
    configuration: "switch and reverse",
    breaks: "no write is lost",
    because: "The new authority lacks what was acknowledged and only marked.",
  },
  {
    weakening: "operator reads the stage before the locks",
    configuration: "two operators",
    breaks: "one authority in an epoch",
    because: "Two changes decided under one epoch are committed, one over the other.",
  },
  {
    weakening: "operator drains before it looks at the stage again",
    configuration: "two operators",
    breaks: "no write is lost",
    because: "Somebody else changed the stage meanwhile: it drains the mirror into the authority.",
  },
  {
    weakening: "start marks after its commit",
    configuration: "backfill",
    breaks: cover,
    because:
      "Between the two, or for ever when the operator dies there, nothing asks for the backfill.",
  },
  {
    weakening: "generation moves only after the commit",
    configuration: "switch and reverse",
    breaks: "nothing stale is written",
    because: "An operator dies after its commit; caches of the stage before stay valid.",
  },
  {
    weakening: "generation moves only before the commit",
    configuration: "reads",
    breaks: "reads are current",
    because: "A reader keeps the stage before under the generation after.",
  },
  {
    weakening: "drain routes before the lock",
    configuration: "the whole way",
    breaks: "nothing stale is applied",
    because: "The stage changes in between; the drain applies under a later epoch.",
  },
  {
    weakening: "drain clears unsettled marks",
    configuration: "mirroring",
    breaks: cover,
    because: "The writer behind the mark writes after the drain has read.",
  },
  {
    weakening: "drain clears any number",
    configuration: "mirroring",
    breaks: cover,
    because: "The mark was made anew by a write that the drain has not read.",
  },
  {
    weakening: "marks counted and listed apart",
    configuration: "mirroring",
    breaks: cover,
    because:
      "A clear in between: its mark is listed as one of the keys, and cleared without a comparison.",
  },
  {
    weakening: "sweeps listed after the comparison",
    configuration: "expiry",
    breaks: cover,
    because:
      "An expiry of unknown outcome ended during the comparison, behind where that had come to.",
  },
  {
    weakening: "drain without the drain lock",
    configuration: "two drains",
    breaks: cover,
    because: "A slow drain applies an older value after a fast one has cleared the mark.",
  },
  {
    weakening: "backfill without the drain lock",
    configuration: "backfill",
    breaks: cover,
    because:
      "The backfill applies what it read before a write that another drain has applied already.",
  },
  {
    weakening: "only the record itself is put as newest",
    configuration: "order",
    breaks: cover,
    because: "Records that came after it at the authority now stand before it at the mirror.",
  },
  {
    weakening: "tail of as many records taken for new ones",
    configuration: "new records",
    breaks: cover,
    because:
      "One of the new records was deleted meanwhile, and another one counted for it, which keeps its place.",
  },
  {
    weakening: "hung apply gives the drain lock up",
    configuration: "two drains",
    breaks: cover,
    because: "It lands after all, over what the next drain has applied.",
  },
  {
    weakening: "orphans cleared",
    configuration: "mirroring",
    breaks: cover,
    because: "The dead writer had written.",
  },
  {
    weakening: "orphans not counted as moved",
    configuration: "mirroring",
    breaks: cover,
    because: "The dead writer had removed the record and put it again.",
  },
  {
    weakening: "orphans settled among writers",
    configuration: "mirroring",
    breaks: cover,
    because: "A writer that is alive is taken for dead; it writes after its mark was cleared.",
  },
  {
    weakening: "read without the second look",
    configuration: "a read across a switch",
    breaks: "reads are current",
    because: "The store is demoted during the read, which sees a half-applied repair of it.",
  },
  {
    weakening: "read without any look",
    configuration: "reads",
    breaks: "reads are current",
    because: "The store read was demoted long ago and lacks what was acknowledged since.",
  },
  {
    weakening: "locks outlive their holders",
    configuration: "two operators",
    breaks: rest,
    because: "Whoever needs the lock waits for ever.",
  },
  {
    weakening: "generation of a dead commit is not mended",
    configuration: "two operators",
    breaks: rest,
    because: "The generation stays undefined; readers look again for ever.",
  },
];
