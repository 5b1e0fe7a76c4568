import {
  type BackendInfo,
  type BackupManifest,
  type CallContext,
  type Capabilities,
  type CollectionDefinition,
  type ControlStore,
  type DriverReads,
  type DriverTransaction,
  type KeyedValue,
  type MaybePromise,
  type ScanDirection,
  type Selection,
  type StorageBackend,
  type StorageDriver,
  driverOf,
  type Replica,
  replicaOf,
  StorageError,
  TurnQueue,
  type WriteOperation,
  type WriteResult,
} from "@cutover/core";
import { UnitRegistry, type UnitsSnapshot } from "../unit/unit-registry.ts";
import type { UnitTable } from "../unit/unit-table.ts";
import type { Unit } from "../unit/unit.ts";
import type { AtFailpoint } from "../failpoint.ts";
import { Intents } from "../write/intents.ts";
import { checkMissing, mayBeMissing, type WrittenStores } from "../write/missing-source.ts";
import { WriterSections } from "../write/writer-sections.ts";
import { sharedCapabilities } from "./shared-capabilities.ts";
import { CutoverTransaction, type TransactionHost } from "./cutover-transaction.ts";
import { RouteTable, type Route, type Sides } from "./route.ts";

/** What a {@link CutoverDriver} is made of. */
export interface CutoverParts {
  readonly stores: Sides<StorageBackend>;
  readonly control: ControlStore;
  readonly registry: UnitRegistry;
  readonly units: UnitTable;
  /** Told of every write to a unit that is mirrored, after it was acknowledged. */
  readonly onWritten: (unit: Unit) => void;
  /** Lets a writer wait while the mirror is far behind. */
  readonly beforeWrite: (unit: Unit, context: CallContext) => MaybePromise<void>;
  /** Told of answers of reads in a stage that compares them. */
  readonly onRead: (read: ObservedRead) => void;
  /** Called at failpoints, for tests. */
  readonly at: AtFailpoint | undefined;
  readonly onClose: () => Promise<void>;
}

/** A read that was answered, so that it can be asked again elsewhere. */
export interface ObservedRead {
  readonly unit: Unit;
  readonly collection: CollectionDefinition;
  readonly epoch: number;
  /** Asks a store the same. */
  readonly ask: (reads: StorageDriver) => MaybePromise<unknown>;
  /** What the caller was handed: theirs, so it is to be copied before they can change it. */
  readonly answer: unknown;
  /** The keys read, where the read names them. */
  readonly keys: readonly string[] | undefined;
}

type Ask<T> = (reads: StorageDriver) => MaybePromise<T>;

/** Two stores as one: each operation goes where its unit's stage says, under that stage's lock. */
export class CutoverDriver implements StorageDriver, TransactionHost {
  readonly kind = "cutover";
  readonly capabilities: Capabilities;
  private readonly parts: CutoverParts;
  private readonly routes: RouteTable;
  private readonly sections = new Map<string, WriterSections>();
  private readonly turns = new TurnQueue();
  private readonly replicas: Sides<Replica>;
  private checking: Promise<void> | undefined;

  constructor(parts: CutoverParts) {
    const { stores, control, registry } = parts;
    this.parts = parts;
    this.replicas = { old: replicaOf(stores.old), new: replicaOf(stores.new) };
    this.capabilities = sharedCapabilities(stores, control);
    this.routes = new RouteTable(registry, {
      old: driverOf(stores.old),
      new: driverOf(stores.new),
    });
  }

  attach(collection: CollectionDefinition): void {
    this.parts.units.of(collection);
    this.parts.stores.old.collection(collection);
    this.parts.stores.new.collection(collection);
  }

  unitOf(collection: CollectionDefinition): Unit {
    return this.parts.units.of(collection);
  }

  // Reads.

  private read<T>(
    collection: CollectionDefinition,
    ask: Ask<T>,
    keys?: readonly string[],
  ): MaybePromise<T> {
    const snapshot = this.parts.registry.look();
    if (snapshot instanceof Promise)
      return snapshot.then((found) => this.readAt(found, collection, ask, keys));
    return this.readAt(snapshot, collection, ask, keys);
  }

  private readAt<T>(
    snapshot: UnitsSnapshot,
    collection: CollectionDefinition,
    ask: Ask<T>,
    keys: readonly string[] | undefined,
  ): MaybePromise<T> {
    const unit = this.unitOf(collection);
    const route = this.routes.of(snapshot, unit);
    const answer = ask(route.authority);
    if (answer instanceof Promise)
      return answer.then((found) =>
        this.confirm(found, { snapshot, route, collection, ask, keys }),
      );
    return this.confirm(answer, { snapshot, route, collection, ask, keys });
  }

  /** An answer counts if its store was still in charge when it came. */
  private confirm<T>(
    answer: T,
    read: {
      readonly snapshot: UnitsSnapshot;
      readonly route: Route;
      readonly collection: CollectionDefinition;
      readonly ask: Ask<T>;
      readonly keys: readonly string[] | undefined;
    },
  ): MaybePromise<T> {
    const { snapshot, route, collection, ask, keys } = read;
    const now = this.parts.registry.look();
    if (now instanceof Promise) {
      return now.then((found) => {
        const later = this.routes.of(found, this.unitOf(collection));
        if (later.record.epoch === route.record.epoch) return answer;
        return this.readAt(found, collection, ask, keys);
      });
    }
    if (now !== snapshot) return this.readAt(now, collection, ask, keys);
    if (route.compares) {
      const unit = this.unitOf(collection);
      this.parts.onRead({ unit, collection, epoch: route.record.epoch, ask, answer, keys });
    }
    return answer;
  }

  get(...call: Parameters<DriverReads["get"]>): ReturnType<DriverReads["get"]> {
    return this.read(call[0], (reads) => reads.get(...call), [call[1]]);
  }

  getMany(...call: Parameters<DriverReads["getMany"]>): ReturnType<DriverReads["getMany"]> {
    return this.read(call[0], (reads) => reads.getMany(...call), call[1]);
  }

  select(...call: Parameters<DriverReads["select"]>): ReturnType<DriverReads["select"]> {
    return this.read(call[0], (reads) => reads.select(...call));
  }

  count(...call: Parameters<DriverReads["count"]>): ReturnType<DriverReads["count"]> {
    return this.read(call[0], (reads) => reads.count(...call));
  }

  aggregate(...call: Parameters<DriverReads["aggregate"]>): ReturnType<DriverReads["aggregate"]> {
    return this.read(call[0], (reads) => reads.aggregate(...call));
  }

  /** A stream stays with the store that was in charge at its beginning: it is one pass over one store. */
  async *scan(
    collection: CollectionDefinition,
    selection: Selection,
    direction?: ScanDirection,
  ): AsyncIterable<readonly KeyedValue[]> {
    const { authority } = this.routes.of(await this.parts.registry.look(), this.unitOf(collection));
    yield* authority.scan(collection, selection, direction);
  }

  // Writes.

  async enter(unit: Unit, context: CallContext): Promise<{ route: Route; leave: () => void }> {
    const leave = await this.sectionsOf(unit).enter(context);
    try {
      return { route: this.routes.of(await this.parts.registry.look(), unit), leave };
    } catch (error) {
      leave();
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
    const { route, leave } = await this.enter(unit, context);
    const timeoutMs = Math.max(0, endMs - performance.now());
    try {
      return await this.writeTo(unit, route, { operations, context: { ...context, timeoutMs } });
    } finally {
      leave();
      if (route.mirror !== undefined) this.written(unit);
    }
  }

  private async writeTo(
    unit: Unit,
    route: Route,
    { operations, context }: { operations: readonly WriteOperation[]; context: CallContext },
  ): Promise<WriteResult[]> {
    const { authority, mirror } = route;
    if (mirror === undefined) return authority.write(operations, context);
    let results: WriteResult[] = [];
    await this.around({ unit, route }, operations, async () => {
      results = await authority.write(operations, context);
      return results;
    });
    return results;
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

  async around(
    { unit, route: { authority, mirror } }: { readonly unit: Unit; readonly route: Route },
    operations: readonly WriteOperation[],
    write: () => Promise<readonly WriteResult[]>,
  ): Promise<void> {
    const stores = mirror && { authority, mirror: this.replicas[mirror] };
    const check = stores === undefined ? undefined : this.checked(stores, unit, operations);
    try {
      if (check !== undefined) await check;
    } finally {
      if (check !== undefined && this.checking === check) this.checking = undefined;
    }
    return new Intents(this.parts.control, unit.name, this.parts.at).around(operations, write);
  }

  written(unit: Unit): void {
    this.parts.onWritten(unit);
  }

  /** Transactions of a process wait here for one another, before it is known what they will touch. */
  async begin(context: CallContext): Promise<DriverTransaction> {
    const endMs = performance.now() + context.timeoutMs;
    const end = await this.turns.take(context);
    return new CutoverTransaction(this, { context, endMs, end });
  }

  // The rest.

  async info(): Promise<BackendInfo> {
    const { stores, registry, units } = this.parts;
    const snapshot = await registry.look();
    const sideOf = (unit: Unit): StorageDriver => this.routes.of(snapshot, unit).authority;
    const collections: BackendInfo["collections"][number][] = [];
    const locations: string[] = [];
    let sizeBytes = 0;
    for (const store of [stores.old, stores.new]) {
      const driver = driverOf(store);
      const own = new Set(
        units
          .all()
          .filter((unit) => sideOf(unit) === driver)
          .flatMap((unit) => unit.collections.map(({ name }) => name)),
      );
      // A store that is in charge of nothing is not even opened.
      if (own.size === 0 && store === stores.new) continue;
      const info = await store.info();
      if (info.location !== undefined) locations.push(info.location);
      sizeBytes += info.sizeBytes;
      collections.push(...info.collections.filter(({ name }) => own.has(name)));
    }
    // What is gone with the process lies nowhere.
    const lasts = this.capabilities.durability !== "none" && locations.length > 0;
    const location = lasts ? locations.join(", ") : undefined;
    return { kind: this.kind, location, sizeBytes, collections };
  }

  async backup(): Promise<BackupManifest> {
    throw new StorageError("NOT_SUPPORTED", "back up the two stores of a cutover one by one");
  }

  async close(): Promise<void> {
    await this.parts.onClose();
  }
}
