import { TurnQueue, type ControlLock, type LockMode, type LockOptions } from "@cutover/core";
import { statement, type Statement } from "../sql/statement.ts";
import type { ControlConnection } from "./control-connection.ts";
import type { ControlLocks } from "./control-locks.ts";
import type { ControlSession } from "./control-session.ts";
import type { ExclusiveHoldings } from "./exclusive-holdings.ts";
import type { Fence } from "./fence.ts";
import type { LockConnections } from "./lock-connections.ts";
import { LockDeadline } from "./lock-deadline.ts";
import { lockKey } from "./lock-key.ts";
import { LockWait } from "./lock-wait.ts";
import { replaced } from "./mark-table.ts";

/** What {@link AdvisoryLocks} work with. */
export interface LockParts {
  readonly name: string;
  readonly schema: string;
  readonly incarnation: string;
  /** Everything that is shared is held on this one. */
  readonly session: ControlSession;
  readonly connections: LockConnections;
  readonly fence: Fence;
  /** Told of every lock that is held exclusively. */
  readonly held: ExclusiveHoldings;
  /** Aborted when the store is closed. */
  readonly closing: AbortSignal;
}

/** A lock's numbers, and who waits for it in this process. */
interface NamedLock {
  /** Held by who waits for the exclusive lock; newcomers look there first. */
  readonly gate: string;
  readonly main: string;
  readonly turns: Readonly<Record<LockMode, TurnQueue>>;
  /** Each resolves when what this process let go of is free on the server, too. */
  readonly released: Record<LockMode, Promise<void>>;
}

const unlockShared = statement("SELECT pg_advisory_unlock_shared($1)");
const unlockExclusive = statement("SELECT pg_advisory_unlock($1)");
const lockShared = statement("SELECT pg_try_advisory_lock_shared($1)");
/** Takes a lock if nobody waits for it, and tells whether the store is still there. */
function attempt(schema: string, gate: string, main: string): Statement {
  return statement(
    `SELECT CASE WHEN ${gate}($1) THEN ${main}($2) ELSE false END
     FROM ${schema}.state WHERE incarnation = $3`,
  );
}

/**
 * Locks between processes, on any machines, as advisory locks of the server: they end with the
 * connection that holds them. What is shared is held on one connection for the whole process and
 * costs one message; who holds a lock exclusively, or waits for one, has a connection for it. Who
 * waits for an exclusive lock has its gate, where newcomers look first; the server itself lets
 * those who wait come in order, so nobody has to ask again and again.
 */
export class AdvisoryLocks implements ControlLocks {
  private readonly parts: LockParts;
  private readonly locks = new Map<string, NamedLock>();
  private readonly waiting: LockWait;
  private readonly attempts: Readonly<Record<LockMode, Statement>>;

  constructor(parts: LockParts) {
    const { schema } = parts;
    this.parts = parts;
    this.waiting = new LockWait(parts.session);
    this.attempts = {
      shared: attempt(schema, "pg_try_advisory_xact_lock_shared", "pg_try_advisory_lock_shared"),
      exclusive: attempt(schema, "pg_try_advisory_xact_lock", "pg_try_advisory_lock"),
    };
  }

  async lock(name: string, mode: LockMode, options: LockOptions): Promise<ControlLock> {
    options.signal?.throwIfAborted();
    const lock = this.named(name);
    const deadline = new LockDeadline(name, mode, options, this.parts.closing);
    await lock.released.exclusive;
    // What was shared is let go of on the connection that shares, before anything else there.
    if (mode === "exclusive") await lock.released.shared;
    return mode === "shared" ? this.takeShared(lock, deadline) : this.takeExclusive(lock, deadline);
  }

  private named(name: string): NamedLock {
    let lock = this.locks.get(name);
    if (lock === undefined) {
      const [gate, main] = ["gate", "main"].map((part) => lockKey(this.parts.name, part, name));
      const turns = { shared: new TurnQueue(), exclusive: new TurnQueue() };
      const released = { shared: Promise.resolve(), exclusive: Promise.resolve() };
      lock = { gate: String(gate), main: String(main), turns, released };
      this.locks.set(name, lock);
    }
    return lock;
  }

  private async attempt(
    connection: ControlConnection,
    mode: LockMode,
    { gate, main }: NamedLock,
  ): Promise<boolean> {
    const { incarnation } = this.parts;
    const rows = await connection.all(this.attempts[mode], [gate, main, incarnation]);
    const [first] = rows;
    if (first === undefined) throw replaced(connection.location);
    return first[0] === true;
  }

  // Shared.

  private async takeShared(lock: NamedLock, deadline: LockDeadline): Promise<ControlLock> {
    const found = await this.tryShared(lock, deadline);
    if (found !== undefined) return found;
    deadline.check();
    const endTurn = await deadline.turn(lock.turns.shared);
    try {
      const next = await this.tryShared(lock, deadline);
      return next ?? (await this.waitShared(lock, deadline));
    } finally {
      endTurn();
    }
  }

  private async tryShared(
    lock: NamedLock,
    deadline: LockDeadline,
  ): Promise<ControlLock | undefined> {
    deadline.throwIfAborted();
    const connection = await this.parts.session.live();
    if (!(await this.attempt(connection, "shared", lock))) return undefined;
    return this.sharedHolding(connection, lock, deadline);
  }

  /** The connection that waits has both parts shared: then the one that shares gets it at once. */
  private async waitShared(lock: NamedLock, deadline: LockDeadline): Promise<ControlLock> {
    const waiting = await this.takeConnection(deadline);
    try {
      await this.waiting.until(waiting, `_shared(${lock.gate})`, deadline);
      await this.waiting.until(waiting, `_shared(${lock.main})`, deadline);
      const connection = await this.parts.session.live();
      const [[taken] = []] = await connection.all(lockShared, [lock.main]);
      if (taken !== true) throw new Error(`${deadline.what} is shared and not to be shared`);
      return this.sharedHolding(connection, lock, deadline);
    } finally {
      await this.parts.connections.putBack(waiting);
    }
  }

  private sharedHolding(
    connection: ControlConnection,
    lock: NamedLock,
    deadline: LockDeadline,
  ): ControlLock {
    const holding = this.parts.fence.hold(connection, () => {
      lock.released.shared = this.unlock(connection, lock);
    });
    try {
      deadline.throwIfAborted();
      return holding;
    } catch (error) {
      holding.release();
      throw error;
    }
  }

  /** On one connection, what is let go of later is free later. */
  private async unlock(connection: ControlConnection, { main }: NamedLock): Promise<void> {
    try {
      await connection.all(unlockShared, [main]);
    } catch {
      // What cannot be let go of goes with the connection.
      await connection.end();
    }
  }

  // Exclusive.

  private async takeExclusive(lock: NamedLock, deadline: LockDeadline): Promise<ControlLock> {
    const found = await this.tryExclusive(lock, deadline);
    if (found !== undefined) return found;
    deadline.check();
    const endTurn = await deadline.turn(lock.turns.exclusive);
    try {
      return await this.waitExclusive(lock, deadline);
    } finally {
      endTurn();
    }
  }

  private async tryExclusive(
    lock: NamedLock,
    deadline: LockDeadline,
  ): Promise<ControlLock | undefined> {
    const connection = await this.parts.connections.take();
    let taken = false;
    try {
      taken = await this.attempt(connection, "exclusive", lock);
      deadline.throwIfAborted();
    } catch (error) {
      await this.parts.connections.putBack(connection);
      throw error;
    }
    if (taken) return this.exclusiveHolding(connection, lock);
    await this.parts.connections.putBack(connection);
    return undefined;
  }

  private async waitExclusive(lock: NamedLock, deadline: LockDeadline): Promise<ControlLock> {
    const connection = await this.takeConnection(deadline);
    try {
      await this.waiting.until(connection, `(${lock.gate})`, deadline);
      await this.waiting.until(connection, `(${lock.main})`, deadline);
      await connection.all(unlockExclusive, [lock.gate]);
      deadline.throwIfAborted();
      return this.exclusiveHolding(connection, lock);
    } catch (error) {
      await this.parts.connections.putBack(connection);
      throw error;
    }
  }

  private exclusiveHolding(connection: ControlConnection, lock: NamedLock): ControlLock {
    const { held, connections, fence } = this.parts;
    const leave = held.enter(connection, lock.main);
    const forget = connection.onLost(() => void connections.putBack(connection));
    return fence.hold(connection, () => {
      forget();
      leave();
      lock.released.exclusive = connections.putBack(connection);
    });
  }

  /** A pool may have none to spare. */
  private takeConnection(deadline: LockDeadline): Promise<ControlConnection> {
    const { connections } = this.parts;
    return deadline.within(connections.take(), (late) => void connections.putBack(late));
  }

  async idle(): Promise<void> {
    const released = [...this.locks.values()].flatMap((lock) => Object.values(lock.released));
    await Promise.all(released);
  }
}
