import { join } from "node:path";
import type { CollectionDefinition, ControlStore, StorageBackend } from "@cutover/core";
import type { Operator, OperatorOptions, Unit, VerificationReport } from "@cutover/engine";

/** What is tried: a store alone, or both stores at a stage of a cutover. */
export const subjectKinds = ["json", "sqlite", "sqlite-normal", "dualwrite", "live"] as const;
export type SubjectKind = (typeof subjectKinds)[number];

interface Stores {
  readonly old: StorageBackend;
  readonly new: StorageBackend;
  readonly control: ControlStore;
}

/** An operator with stores of its own. */
export interface OpenOperator {
  readonly operator: Operator;
  readonly unit: Unit;
  readonly close: () => Promise<void>;
}

const partsOf = ({ old, new: successor, control }: Stores): (StorageBackend | ControlStore)[] => [
  old,
  successor,
  control,
];

/**
 * Opens stores in a folder as applications do. Loads only what its kind needs: most of the time of
 * a process that is soon killed goes into its start.
 */
export class Subject {
  readonly kind: SubjectKind;
  readonly #folder: string;
  readonly #unit: Unit;

  constructor(kind: SubjectKind, folder: string, collections: readonly CollectionDefinition[]) {
    this.kind = kind;
    this.#folder = folder;
    this.#unit = { name: "books", collections };
  }

  get isCutover(): boolean {
    return this.kind === "dualwrite" || this.kind === "live";
  }

  /** Leads an empty folder to where the subject begins. */
  async prepare(): Promise<void> {
    if (!this.isCutover) return;
    await this.operate(async (operator, unit) => {
      await operator.start(unit);
      await operator.backfill(unit);
      if (this.kind !== "live") return;
      await operator.advance(unit);
      await operator.verify(unit);
      await operator.switch(unit);
    });
  }

  /** Loads the modules that it is opened with, and touches nothing. */
  async load(): Promise<void> {
    if (this.kind === "json" || this.isCutover) await import("@cutover/json");
    if (this.kind !== "json") await import("@cutover/kysely/sqlite");
    if (!this.isCutover) return;
    await import("@cutover/kysely/control");
    await import("@cutover/engine");
  }

  /** @param seen the control store as this process is to see it; default: as it is */
  async open(seen?: (control: ControlStore) => ControlStore): Promise<StorageBackend> {
    if (this.kind === "json") return this.#json();
    if (this.kind === "sqlite") return this.#sqlite("full");
    if (this.kind === "sqlite-normal") return this.#sqlite("normal");
    const { cutoverBackend } = await import("@cutover/engine");
    const stores = await this.#stores();
    const closes = partsOf(stores);
    const control = seen?.(stores.control) ?? stores.control;
    try {
      return await cutoverBackend({ ...stores, control, units: [this.#unit], closes });
    } catch (error) {
      for (const part of closes) await part.close();
      throw error;
    }
  }

  /** Brings the mirror to what the authority holds, and compares them; undefined for one store. */
  async compare(): Promise<VerificationReport | undefined> {
    if (!this.isCutover) return undefined;
    return this.operate(async (operator, unit) => {
      await operator.backfill(unit);
      return operator.verify(unit);
    });
  }

  /** Lets an operator with stores of its own do something. */
  async operate<T>(work: (operator: Operator, unit: Unit) => Promise<T>): Promise<T> {
    const { operator, unit, close } = await this.openOperator();
    try {
      return await work(operator, unit);
    } finally {
      await close();
    }
  }

  async openOperator(options: Partial<OperatorOptions> = {}): Promise<OpenOperator> {
    const engine = await import("@cutover/engine");
    const stores = await this.#stores();
    const close = async (): Promise<void> => {
      for (const part of partsOf(stores)) await part.close();
    };
    const operator = new engine.Operator({ ...options, ...stores, units: [this.#unit] });
    return { operator, unit: this.#unit, close };
  }

  async #stores(): Promise<Stores> {
    const { sqliteControl } = await import("@cutover/kysely/control");
    const control = sqliteControl({ path: join(this.#folder, ".cutover/control.db") });
    await control.open();
    try {
      return { old: await this.#json(), new: await this.#sqlite("full"), control };
    } catch (error) {
      await control.close();
      throw error;
    }
  }

  async #json(): Promise<StorageBackend> {
    const { jsonBackend } = await import("@cutover/json");
    return jsonBackend({ folder: this.#folder, collections: this.#unit.collections });
  }

  async #sqlite(synchronous: "full" | "normal"): Promise<StorageBackend> {
    const { sqliteBackend } = await import("@cutover/kysely/sqlite");
    const path = join(this.#folder, "data.db");
    return sqliteBackend({ path, collections: this.#unit.collections, synchronous });
  }
}
