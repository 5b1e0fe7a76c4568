import type {
  CallContext,
  CollectionDefinition,
  ControlStore,
  MaybePromise,
  Replica,
  StorageDriver,
  WriteOperation,
  WriteResult,
} from "@cutover/core";
import type { AtFailpoint } from "../failpoint.ts";
import type { UnitRegistry } from "../unit/unit-registry.ts";
import type { UnitTable } from "../unit/unit-table.ts";
import type { Unit } from "../unit/unit.ts";
import { Intents, unheld } from "../write/intents.ts";
import { checkMissing, mayBeMissing, type WrittenStores } from "../write/missing-source.ts";
import { WriterSections } from "../write/writer-sections.ts";
import type { Entry, TransactionHost } from "./cutover-transaction.ts";
import type { Asked, EmptyAnswers } from "./empty-answers.ts";
import type { Route, RouteTable, Sides } from "./route.ts";

/** What {@link RoutedWrites} works with. */
export interface WriteParts {
  readonly control: ControlStore;
  readonly registry: UnitRegistry;
  readonly units: UnitTable;
  readonly routes: RouteTable;
  readonly replicas: Sides<Replica>;
  readonly empty: EmptyAnswers;
  /** Told of every write to a unit that is mirrored, after it was acknowledged. */
  readonly onWritten: (unit: Unit) => void;
  /** Lets a writer wait while the mirror is far behind. */
  readonly beforeWrite: (unit: Unit, context: CallContext) => MaybePromise<void>;
  /** Called at failpoints, for tests. */
  readonly at: AtFailpoint | undefined;
}

/** Writes where a unit's stage says, under a lock that keeps the stage as it is. */
export class RoutedWrites implements TransactionHost {
  private readonly parts: WriteParts;
  private readonly sections = new Map<string, WriterSections>();
  private checking: Promise<void> | undefined;

  constructor(parts: WriteParts) {
    this.parts = parts;
  }

  unitOf(collection: CollectionDefinition): Unit {
    return this.parts.units.of(collection);
  }

  async enter(unit: Unit, context: CallContext): Promise<Entry> {
    const { registry, routes } = this.parts;
    const stay = await this.sectionsOf(unit).enter(context);
    try {
      return { ...stay, unit, route: routes.of(await registry.look(), unit) };
    } catch (error) {
      stay.leave();
      throw error;
    }
  }

  private sectionsOf({ name }: Unit): WriterSections {
    let sections = this.sections.get(name);
    if (sections === undefined) {
      sections = new WriterSections(this.parts.control, name);
      this.sections.set(name, sections);
    }
    return sections;
  }

  async write(operations: readonly WriteOperation[], context: CallContext): Promise<WriteResult[]> {
    const unit = this.parts.units.ofAll(operations.map(({ collection }) => collection));
    if (unit === undefined) return [];
    const endMs = performance.now() + context.timeoutMs;
    const room = this.parts.beforeWrite(unit, context);
    if (room instanceof Promise) await room;
    const entry = await this.enter(unit, context);
    const timeoutMs = Math.max(0, endMs - performance.now());
    try {
      return await this.writeTo(entry, { operations, context: { ...context, timeoutMs } });
    } finally {
      entry.leave();
      if (entry.route.mirror !== undefined) this.written(unit);
    }
  }

  private async writeTo(
    entry: Entry,
    { operations, context }: { operations: readonly WriteOperation[]; context: CallContext },
  ): Promise<WriteResult[]> {
    const { authority, mirror } = entry.route;
    if (mirror === undefined) return this.alone(entry, () => authority.write(operations, context));
    let results: WriteResult[] = [];
    await this.around(entry, operations, async (mark) => {
      results = await writeMarked({ authority, mark }, operations, context);
      return results;
    });
    return results;
  }

  async around(
    { unit, route: { authority, mirror } }: Entry,
    operations: readonly WriteOperation[],
    write: (mark: () => Promise<void>) => Promise<readonly WriteResult[]>,
  ): Promise<void> {
    const { control, replicas, at } = this.parts;
    const stores = mirror && { authority, mirror: replicas[mirror] };
    const check = stores === undefined ? undefined : this.checked(stores, unit, operations);
    try {
      if (check !== undefined) await check;
    } finally {
      if (check !== undefined && this.checking === check) this.checking = undefined;
    }
    return new Intents(control, unit.name, at).around(operations, write);
  }

  async alone<T>({ unit, isLost }: Entry, write: () => Promise<T>): Promise<T> {
    const { at } = this.parts;
    await at?.("write/entered");
    const result = await write();
    await at?.("write/written");
    if (isLost()) throw unheld(unit.name);
    return result;
  }

  /** Writes keep their order: those behind one that has to look at the mirror wait for it. */
  private checked(
    stores: WrittenStores,
    unit: Unit,
    operations: readonly WriteOperation[],
  ): Promise<void> | undefined {
    if (this.checking === undefined && !mayBeMissing(stores, operations)) return undefined;
    const before = this.checking?.catch(() => undefined) ?? Promise.resolve();
    this.checking = before.then(() => checkMissing(stores, unit, operations));
    return this.checking;
  }

  written(unit: Unit): void {
    this.parts.onWritten(unit);
  }

  async believe(answer: unknown, asked: Asked, route: Route): Promise<boolean> {
    return (await this.parts.empty.check(answer, asked, route)) !== true;
  }
}

/** Writes once the mark is durable, and prepares what can be prepared meanwhile. */
async function writeMarked(
  { authority, mark }: { readonly authority: StorageDriver; readonly mark: () => Promise<void> },
  operations: readonly WriteOperation[],
  context: CallContext,
): Promise<WriteResult[]> {
  if (authority.writePermitted !== undefined)
    return authority.writePermitted(operations, context, mark);
  await mark();
  return authority.write(operations, context);
}
