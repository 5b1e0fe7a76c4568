import type {
  Capabilities,
  Collection,
  CollectionDefinition,
  JsonValue,
  StorageBackend,
  Transaction,
} from "@cutover/core";
import { trusted, untyped } from "../proof/trusted.ts";
import type { ContractSubject, SubjectOptions } from "../subject.ts";

/** A deliberate fault, laid over an adapter that has none. */
export interface Mutant {
  readonly name: string;
  /** The promise it breaks, in prose. */
  readonly breaks: string;
  /** Where the fault cannot be seen at all. Default: it can be seen everywhere. */
  readonly appliesTo?: (capabilities: Capabilities) => boolean;
  /** It makes calls wait that should not; a clause that does not end has found it. Default: false. */
  readonly hangs?: boolean;
  /** The subject with the fault. */
  readonly spoil: (subject: ContractSubject) => ContractSubject;
}

/** Where a collection is used. */
export interface Place {
  readonly definition: CollectionDefinition;
  readonly inTransaction: boolean;
  readonly nowMs: () => number;
}

/** Methods that replace an adapter's own; inside a transaction `iterate` is not there. */
export type CollectionFault = (inner: Collection, place: Place) => Partial<Collection>;

/** Lays some members over an object; the others are its own. */
export function overlay<T extends object>(inner: T, over: Partial<T>): T {
  return new Proxy(inner, {
    get(target, name) {
      if (Object.hasOwn(over, name)) return Reflect.get(over, name);
      const own: unknown = Reflect.get(target, name, target);
      if (typeof own !== "function") return own;
      // Not `bind`: V8 refuses to dispose by a bound function.
      return (...call: unknown[]): unknown => Reflect.apply(own, target, call);
    },
  });
}

/** Lays a fault over every collection of a backend, in transactions and outside. */
export function faultyCollections(
  backend: StorageBackend,
  fault: CollectionFault,
  nowMs: () => number = Date.now,
): StorageBackend {
  // Faults are written without value types: they treat all collections alike.
  const laid = (own: object, definition: object, inTransaction: boolean): never => {
    const inner: Collection = trusted(own);
    const place: Place = { definition: trusted(definition), inTransaction, nowMs };
    return untyped(overlay(inner, fault(inner, place)));
  };
  const faulty = (tx: Transaction): Transaction => ({
    collection: (definition) => laid(tx.collection(definition), definition, true),
  });
  // One fault for each collection, so that a fault may remember.
  const known = new Map<object, never>();
  return overlay<StorageBackend>(backend, {
    collection: (definition) => {
      const inner = backend.collection(definition);
      const there = known.get(definition) ?? laid(inner, definition, false);
      known.set(definition, there);
      return there;
    },
    transaction: (work, options) => backend.transaction((tx) => work(faulty(tx)), options),
  });
}

/** Changes each backend that a subject opens. */
export function faultySubject(
  subject: ContractSubject,
  wrap: (
    backend: StorageBackend,
    context: { readonly location: string; readonly options: SubjectOptions },
  ) => StorageBackend,
): ContractSubject {
  return {
    ...subject,
    open: async (location, options) =>
      wrap(await subject.open(location, options), { location, options }),
  };
}

/** A subject wrapped as a mutant is, without a fault: what fails on it says nothing of a fault. */
export function faultlessSubject(subject: ContractSubject): ContractSubject {
  return faultySubject(subject, (backend) => faultyCollections(overlay(backend, {}), () => ({})));
}

interface Description {
  readonly name: string;
  readonly breaks: string;
  readonly appliesTo?: NonNullable<Mutant["appliesTo"]>;
  readonly hangs?: boolean;
}

/** A mutant whose fault lies in its collections' methods. */
export function inCollections(description: Description, fault: CollectionFault): Mutant {
  return {
    ...description,
    spoil: (subject) =>
      faultySubject(subject, (backend, { options }) =>
        faultyCollections(backend, fault, options.clock),
      ),
  };
}

/** A mutant whose fault lies in the backend's own methods. */
export function inBackend(
  description: Description,
  fault: (inner: StorageBackend, options: SubjectOptions) => Partial<StorageBackend>,
): Mutant {
  return {
    ...description,
    spoil: (subject) =>
      faultySubject(subject, (backend, { options }) => overlay(backend, fault(backend, options))),
  };
}

/**
 * A mutant that keeps a definition's rule from the adapter, to break it itself. The caller still
 * sees the definition it wrote.
 */
export function withDefinition(
  description: Description,
  change: (definition: CollectionDefinition) => CollectionDefinition,
  fault: CollectionFault = () => ({}),
): Mutant {
  const known = new Map<CollectionDefinition, CollectionDefinition>();
  const changed = <V extends JsonValue>(
    definition: CollectionDefinition<V>,
  ): CollectionDefinition => {
    const plain: CollectionDefinition = trusted(definition);
    const found = known.get(plain) ?? change(plain);
    known.set(plain, found);
    return found;
  };
  const redefined = <T extends Pick<StorageBackend, "collection"> | Transaction>(inner: T): T =>
    overlay<T>(
      inner,
      trusted({
        collection: (definition: CollectionDefinition) =>
          overlay(inner.collection(changed(definition)), { definition }),
      }),
    );
  return {
    ...description,
    spoil: (subject) => ({
      ...subject,
      open: async (location, options) => {
        const collections = options.collections.map(changed);
        const backend = redefined(await subject.open(location, { ...options, collections }));
        const whole = overlay<StorageBackend>(backend, {
          transaction: (work, rest) => backend.transaction((tx) => work(redefined(tx)), rest),
        });
        return faultyCollections(whole, fault, options.clock);
      },
    }),
  };
}

/** True where what was written is there after a reopening. */
export const outlives = ({ durability }: Capabilities): boolean => durability !== "none";
/** True where several processes share a store. */
export const isShared = ({ multiProcess }: Capabilities): boolean => multiProcess;
