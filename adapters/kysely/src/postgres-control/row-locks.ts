import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { TurnQueue, type ControlLock, type LockMode, type LockOptions } from "@cutover/core";
import type { ControlConnection } from "./control-connection.ts";
import { isWaitOver } from "./control-error.ts";
import type { ControlLocks } from "./control-locks.ts";
import type { ControlSession } from "./control-session.ts";
import type { Fence } from "./fence.ts";
import type { LockConnections } from "./lock-connections.ts";
import { LockDeadline } from "./lock-deadline.ts";
import { LockWait } from "./lock-wait.ts";
import { replaced } from "./mark-table.ts";
import type { RowHoldings } from "./row-holdings.ts";
import { rowLockStatements, type RowLockStatements } from "./row-lock-statements.ts";
import { SharedRows, type SharedRow } from "./shared-rows.ts";

/** What {@link RowLocks} work with. */
export interface RowLockParts {
  readonly schema: string;
  readonly incarnation: string;
  /** For what is committed at once. */
  readonly session: ControlSession;
  readonly connections: LockConnections;
  readonly fence: Fence;
  readonly held: RowHoldings;
  /** Aborted when the store is closed. */
  readonly closing: AbortSignal;
}

interface NamedRow {
  readonly name: string;
  readonly turns: Readonly<Record<LockMode, TurnQueue>>;
  readonly shared: SharedRows;
  /** Its rows are there. */
  ready: Promise<unknown> | undefined;
  /** Resolves when what this process held exclusively is free on the server, too. */
  released: Promise<unknown>;
}

/** After every place that was ever given: who only comes has to let everybody pass. */
const newcomer = Number.MAX_SAFE_INTEGER;
/** How long somebody waits before looking again whether others still go first, in milliseconds. */
const pauseMs = 20;

/**
 * Locks as rows, for engines that have no advisory locks: `FOR SHARE` or `FOR UPDATE` in a
 * transaction that stays open, on a connection of its own. The server lets newcomers share a row
 * that others share, whoever waits for it alone. So who waits commits a row in `freezing` first, at
 * which newcomers look; it counts for two seconds and is renewed, so that one who died does not
 * stand in the way. Those who wait go in the order of their places.
 */
export class RowLocks implements ControlLocks {
  private readonly parts: RowLockParts;
  private readonly statements: RowLockStatements;
  private readonly waiting: LockWait;
  private readonly rows = new Map<string, NamedRow>();

  constructor(parts: RowLockParts) {
    this.parts = parts;
    this.statements = rowLockStatements(parts.schema);
    this.waiting = new LockWait(parts.session);
  }

  async lock(name: string, mode: LockMode, options: LockOptions): Promise<ControlLock> {
    options.signal?.throwIfAborted();
    const row = this.named(name);
    const deadline = new LockDeadline(name, mode, options, this.parts.closing);
    await row.released;
    if (mode === "exclusive") await row.shared.released;
    const found = await this.attempt(row, mode, deadline);
    if (found !== undefined) return found;
    deadline.check();
    const endTurn = await deadline.turn(row.turns[mode]);
    try {
      return mode === "shared"
        ? await this.waitShared(row, deadline)
        : await this.waitExclusive(row, deadline);
    } finally {
      endTurn();
    }
  }

  private named(name: string): NamedRow {
    let row = this.rows.get(name);
    if (row === undefined) {
      const turns = { shared: new TurnQueue(), exclusive: new TurnQueue() };
      const shared = new SharedRows(this.parts.connections, this.parts.fence);
      row = { name, turns, shared, ready: undefined, released: Promise.resolve() };
      this.rows.set(name, row);
    }
    return row;
  }

  /** @returns whether somebody goes before a place @throws StorageError IO_FAILED */
  private async isFrozen({ name }: NamedRow, place: number): Promise<boolean> {
    const { session, incarnation } = this.parts;
    const [found] = await session.read(this.statements.look, [name, place, incarnation]);
    if (found === undefined) throw replaced(session.location);
    return found[0] === true;
  }

  private async makeReady(row: NamedRow): Promise<void> {
    const { session } = this.parts;
    const { addRow, addHolder } = this.statements;
    row.ready ??= Promise.all([addRow, addHolder].map((it) => session.read(it, [row.name])));
    try {
      await row.ready;
    } catch (error) {
      row.ready = undefined;
      throw error;
    }
  }

  /** Takes the lock if that takes no waiting. */
  private async attempt(
    row: NamedRow,
    mode: LockMode,
    deadline: LockDeadline,
  ): Promise<ControlLock | undefined> {
    if (await this.isFrozen(row, newcomer)) return undefined;
    await this.makeReady(row);
    deadline.throwIfAborted();
    const joined = mode === "shared" ? row.shared.join() : undefined;
    if (joined !== undefined) return joined;
    return this.holding(row, mode, {
      deadline,
      take: (connection) => this.takeNow(connection, row, mode),
    });
  }

  private async takeNow(
    connection: ControlConnection,
    { name }: NamedRow,
    mode: LockMode,
  ): Promise<boolean> {
    const how = mode === "shared" ? "SHARE" : "UPDATE";
    try {
      await connection.script(this.statements.lock(name, how, 0));
      return true;
    } catch (error) {
      if (isWaitOver(error)) return false;
      throw error;
    }
  }

  /** A lock on a connection of its own, which is given back where `take` does not get it. */
  private async holding(
    row: NamedRow,
    mode: LockMode,
    {
      deadline,
      take,
    }: {
      readonly deadline: LockDeadline;
      readonly take: (connection: ControlConnection) => Promise<boolean>;
    },
  ): Promise<ControlLock | undefined> {
    const { connections } = this.parts;
    // A pool may have none to spare.
    const connection = await this.connection(deadline);
    try {
      if (await take(connection)) {
        const held = await this.claimed(row, mode);
        deadline.throwIfAborted();
        return mode === "shared"
          ? row.shared.begin(connection)
          : this.exclusive(connection, row, held);
      }
    } catch (error) {
      await connections.putBack(connection);
      throw error;
    }
    await connections.putBack(connection);
    return undefined;
  }

  private connection(deadline: LockDeadline): Promise<ControlConnection> {
    const { connections } = this.parts;
    const taken = connections.take();
    if (deadline.remainingMs === 0) return taken;
    return deadline.within(taken, (late) => void connections.putBack(late));
  }

  /** Whoever held the lock before, and may not know that it is lost, commits nothing any more. */
  private async claimed(row: NamedRow, mode: LockMode): Promise<string> {
    const { session } = this.parts;
    const holder = randomUUID();
    if (mode === "shared") await session.read(this.statements.depose, [row.name]);
    else await session.read(this.statements.claim, [row.name, holder]);
    return holder;
  }

  private exclusive(connection: ControlConnection, row: NamedRow, holder: string): ControlLock {
    const { held, connections, fence, session } = this.parts;
    const leave = held.enter(connection, holder);
    const forget = connection.onLost(() => void connections.putBack(connection));
    return fence.hold(connection, () => {
      forget();
      leave();
      // What is not taken back is overwritten by the next who takes the lock.
      const cleared = session.all(this.statements.depose, [row.name]).catch(() => undefined);
      row.released = cleared.then(() => connections.putBack(connection));
    });
  }

  private async waitShared(row: NamedRow, deadline: LockDeadline): Promise<ControlLock> {
    for (;;) {
      deadline.check();
      if (await this.isFrozen(row, newcomer)) {
        await sleep(Math.random() * pauseMs);
        continue;
      }
      await this.makeReady(row);
      const joined = row.shared.join();
      if (joined !== undefined) return joined;
      const script = (waitMs: number): string => this.statements.lock(row.name, "SHARE", waitMs);
      const take = (connection: ControlConnection): Promise<boolean> =>
        this.waiting.piece(connection, script, deadline);
      const held = await this.holding(row, "shared", { deadline, take });
      if (held !== undefined) return held;
    }
  }

  private async waitExclusive(row: NamedRow, deadline: LockDeadline): Promise<ControlLock> {
    const { session } = this.parts;
    const [[place] = []] = await session.all(this.statements.freeze, [row.name]);
    try {
      for (;;) {
        const take = (connection: ControlConnection): Promise<boolean> =>
          this.takeInOrder(connection, row, { place: Number(place), deadline });
        const held = await this.holding(row, "exclusive", { deadline, take });
        if (held !== undefined) return held;
      }
    } finally {
      // Where that fails, it ends by itself.
      await session.all(this.statements.thaw, [place]).catch(() => undefined);
    }
  }

  private async takeInOrder(
    connection: ControlConnection,
    row: NamedRow,
    { place, deadline }: { readonly place: number; readonly deadline: LockDeadline },
  ): Promise<boolean> {
    const script = (waitMs: number): string => this.statements.lock(row.name, "UPDATE", waitMs);
    for (;;) {
      deadline.check();
      await this.parts.session.read(this.statements.refreeze, [place]);
      await this.makeReady(row);
      if (await this.isFrozen(row, place)) await sleep(Math.random() * pauseMs);
      else if (await this.waiting.piece(connection, script, deadline)) return true;
      else await connection.script("ROLLBACK");
    }
  }

  readonly prove = async (): Promise<void> => {
    const shared: SharedRow[] = [...this.rows.values()].flatMap((row) => row.shared.all);
    // One that fails is lost, which the fence knows then.
    await Promise.allSettled(shared.map(({ connection }) => connection.script("SELECT 1")));
    this.parts.fence.check();
  };

  async idle(): Promise<void> {
    await Promise.all(
      [...this.rows.values()].flatMap((row) => [row.released, row.shared.released]),
    );
  }
}
