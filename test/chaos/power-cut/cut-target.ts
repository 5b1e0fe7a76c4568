import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Acknowledged } from "../kill-loop/acknowledged.ts";
import { collections } from "../kill-loop/counters.ts";
import type { Heard } from "../kill-loop/ready-writer.ts";
import { Subject, type SubjectKind } from "../subject.ts";

/** What is written to on a disk whose power fails, and what has to be there afterwards. */
export interface CutTarget {
  /** Commits that were acknowledged. */
  readonly count: number;
  prepare(): Promise<void>;
  /** Takes what a writer said before the cut. */
  take(heard: Heard): void;
  /** Of a writer that is gone, one more commit may be there than it said. */
  maybe(): void;
  /** @returns what is wrong with what is there, in words */
  look(): Promise<string[]>;
  /** @returns what is wrong when all is over, in words */
  end(): Promise<string[]>;
}

/** A store, or the two stores of a cutover. */
export class StoreTarget implements CutTarget {
  readonly #subject: Subject;
  readonly #acknowledged = new Acknowledged();
  readonly #mayLose: boolean;

  constructor(kind: SubjectKind, folder: string, mayLose: boolean) {
    const store = join(folder, "0");
    mkdirSync(store, { recursive: true });
    this.#subject = new Subject(kind, store, collections);
    this.#mayLose = mayLose;
  }

  get count(): number {
    return this.#acknowledged.count;
  }

  prepare(): Promise<void> {
    return this.#subject.prepare();
  }

  take(heard: Heard): void {
    this.#acknowledged.take(heard);
  }

  maybe(): void {
    this.#acknowledged.maybe();
  }

  look(): Promise<string[]> {
    return this.#acknowledged.look(this.#subject, this.#mayLose);
  }

  async end(): Promise<string[]> {
    const compared = await this.#subject.compare();
    return compared?.isClean === false ? ["the two stores differ"] : [];
  }
}
