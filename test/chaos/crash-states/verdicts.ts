import type { DiskFamily } from "./crash-images.ts";

/** What a new process made of a disk, and at which files' contents it looked, in order. */
export interface Seen {
  readonly found: number;
  readonly looks: ReadonlyMap<number, Uint8Array>;
}

/** At which file a process looks next; what it makes of each content of it. */
interface Look {
  readonly ino: number;
  readonly next: Map<string, Verdict>;
}
type Verdict = Look | number;

/** A verdict, and how many disks of a family it covers. */
export interface Covered {
  readonly found: number;
  /** What they have in common: the contents that were looked at. */
  readonly chosen: ReadonlyMap<number, Uint8Array>;
  readonly disks: number;
}

type Examine = (chosen: ReadonlyMap<number, Uint8Array>) => Promise<Seen>;

const textOf = (content: Uint8Array): string => Buffer.from(content).toString("latin1");

/**
 * What a new process makes of all disks that differ only in contents at which it does not look is
 * the same: a disk is examined once for all of them. Disks whose names are equal share a tree of
 * what was looked at, whenever the power failed.
 */
export class Verdicts {
  readonly #trees = new Map<string, Verdict>();

  /** Every disk of a family, in groups that share a verdict. */
  async *all(family: DiskFamily, examine: Examine): AsyncGenerator<Covered> {
    yield* this.#below(family, new Map(), examine);
  }

  /** What was, or would be, made of one disk. @returns undefined if none like it was examined */
  of(key: string, content: (ino: number) => Uint8Array): number | undefined {
    let at = this.#trees.get(key);
    while (typeof at === "object") at = at.next.get(textOf(content(at.ino)));
    return at;
  }

  async *#below(
    family: DiskFamily,
    chosen: ReadonlyMap<number, Uint8Array>,
    examine: Examine,
  ): AsyncGenerator<Covered> {
    const verdict =
      this.#find(family.key, chosen) ?? this.#learn(family.key, await examine(chosen), chosen);
    if (typeof verdict === "number") {
      yield { found: verdict, chosen, disks: unseen(family, chosen) };
      return;
    }
    for (const content of family.files.get(verdict.ino) ?? [])
      yield* this.#below(family, new Map(chosen).set(verdict.ino, content), examine);
  }

  #find(key: string, chosen: ReadonlyMap<number, Uint8Array>): Verdict | undefined {
    let at = this.#trees.get(key);
    for (const [ino, content] of chosen) {
      if (typeof at !== "object" || at.ino !== ino) return undefined;
      at = at.next.get(textOf(content));
    }
    return at;
  }

  /** Adds what was seen to the tree. @returns where in it the choices lead */
  #learn(key: string, { found, looks }: Seen, chosen: ReadonlyMap<number, Uint8Array>): Verdict {
    const [ino, ...more] = looks.keys();
    if (ino === undefined) {
      this.#trees.set(key, found);
      return found;
    }
    const root = this.#trees.get(key) ?? { ino, next: new Map<string, Verdict>() };
    this.#trees.set(key, root);
    let at = root;
    for (const [place, [inode, content]] of [...looks].entries()) {
      if (typeof at !== "object" || at.ino !== inode)
        throw new Error("of two equal disks, other files were looked at");
      const following = more[place];
      const next: Verdict =
        at.next.get(textOf(content)) ??
        (following === undefined ? found : { ino: following, next: new Map() });
      at.next.set(textOf(content), next);
      at = next;
    }
    const verdict = this.#find(key, chosen);
    if (verdict === undefined) throw new Error("what was examined is not what was chosen");
    return verdict;
  }
}

function unseen({ files }: DiskFamily, chosen: ReadonlyMap<number, Uint8Array>): number {
  let product = 1;
  for (const [ino, { length }] of files) if (!chosen.has(ino)) product *= length;
  return product;
}
