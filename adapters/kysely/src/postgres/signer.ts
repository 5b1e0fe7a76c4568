import { randomUUID } from "node:crypto";
import { StorageError } from "@cutover/core";
import type { Books } from "./books.ts";
import { backOff } from "../driver/back-off.ts";
import { step, type PgConnections, type Step } from "./link.ts";
import { PgReader } from "./pg-reader.ts";
import { isConflict } from "./postgres-error.ts";
import type { CommitName } from "./turns.ts";

/** How long the question what became of a commit may take, in milliseconds. */
const settlingMs = 5000;

/** A commit that can be asked for later. */
export interface Signature extends CommitName {
  /** To be sent last within the transaction. */
  readonly step: Step;
}

/** Signs what is committed, so that it can be found out whether a commit took place. */
export class Signer {
  private readonly books: Books;
  private readonly connections: PgConnections;
  private readonly reader: PgReader;
  private readonly location: string;
  private writer: string = randomUUID();
  private token = 0;
  private used = false;

  constructor(books: Books, connections: PgConnections, location: string) {
    this.books = books;
    this.connections = connections;
    this.location = location;
    this.reader = new PgReader(connections, location);
  }

  sign(): Signature {
    this.used = true;
    const { writer } = this;
    const token = ++this.token;
    return { writer, token, step: this.books.turns.sign({ writer, token }) };
  }

  /**
   * Finds out what became of a commit whose answer was lost. After that it can take place no more.
   *
   * @returns whether it took place, as far as there was anything to commit
   * @throws StorageError COMMIT_UNKNOWN where the server does not say
   */
  async settle({ writer, token }: Signature, cause: unknown): Promise<boolean> {
    // What was given up is fenced off: another name is needed for what comes.
    this.writer = randomUUID();
    try {
      return await this.ask({ writer, token });
    } catch {
      throw new StorageError(
        "COMMIT_UNKNOWN",
        `${this.location}: the connection was lost during the commit, and the server does not answer; read again before repeating`,
        { cause },
      );
    }
  }

  /** May be asked twice. An engine that decides at the commit may have it asked again. */
  private async ask(signature: CommitName): Promise<boolean> {
    const { turns } = this.books;
    const endMs = performance.now() + settlingMs;
    for (;;) {
      try {
        return turns.tookPlace(
          (await this.reader.send(turns.settle(signature, settlingMs))).at(-1),
        );
      } catch (error) {
        if (!isConflict(error) || performance.now() > endMs) throw error;
        await backOff();
      }
    }
  }

  /** Leaves nothing behind. Never rejects. */
  async leave(): Promise<void> {
    if (!this.used) return;
    try {
      const link = await this.connections.lease();
      let broken = true;
      try {
        await link.send([step(this.books.forget, [this.writer])]);
        broken = false;
      } finally {
        link.release(broken);
      }
    } catch {
      // The row of a writer that is gone is removed after a month.
    }
  }
}
