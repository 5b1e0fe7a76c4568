import type { CollectionDefinition } from "@cutover/core";
import type { PgConnections, Step } from "./link.ts";
import type { Turns } from "./turns.ts";

/** So long somebody waits in silence, and then between two marks, in milliseconds. */
const markMs = 100;

/**
 * Sees to it that who waits for collections alone is not passed for ever by those who share them:
 * where the server does not, a mark is committed that newcomers look at first. It costs nothing
 * where nobody has to wait.
 */
export class WaitMark {
  private readonly connections: PgConnections;
  private readonly turns: Turns;
  private readonly sending = new Set<Promise<void>>();

  constructor(connections: PgConnections, turns: Turns) {
    this.connections = connections;
    this.turns = turns;
  }

  /** @param work is what may have to wait */
  async during<T>(
    definitions: readonly CollectionDefinition[],
    work: () => Promise<T>,
  ): Promise<T> {
    const { marks } = this.turns;
    if (marks === undefined) return work();
    const names = definitions.map(({ name }) => name);
    let last: Promise<void> | undefined;
    const timer = setInterval(() => {
      last = this.begin(marks.set(names));
    }, markMs);
    try {
      const result = await work();
      // Nobody waits for it: there may be no connection but the one that is in use.
      void last?.then(() => this.begin(marks.remove(names)));
      return result;
    } finally {
      clearInterval(timer);
    }
  }

  /** Resolves when no mark is on its way. Not to be called while somebody waits. */
  async idle(): Promise<void> {
    while (this.sending.size > 0) await Promise.all(this.sending);
  }

  private begin(steps: readonly Step[]): Promise<void> {
    const sent = this.send(steps).finally(() => this.sending.delete(sent));
    this.sending.add(sent);
    return sent;
  }

  /** A mark that could not be set or removed costs time, and nothing else. */
  private async send(steps: readonly Step[]): Promise<void> {
    try {
      const link = await this.connections.lease();
      let broken = true;
      try {
        await link.send(steps);
        broken = false;
      } finally {
        link.release(broken);
      }
    } catch {
      // It is set again a moment later, and ends by itself.
    }
  }
}
