import type {
  CollectionDefinition,
  KeyedValue,
  MaybePromise,
  ScanDirection,
  Selection,
} from "@cutover/core";
import type { UnitRegistry, UnitsSnapshot } from "../unit/unit-registry.ts";
import type { UnitTable } from "../unit/unit-table.ts";
import type { Asked, EmptyAnswers } from "./empty-answers.ts";
import type { Ask, ObservedRead } from "./observed-read.ts";
import type { Route, RouteTable } from "./route.ts";

/** What {@link RoutedReads} works with. */
export interface ReadParts {
  readonly registry: UnitRegistry;
  readonly units: UnitTable;
  readonly routes: RouteTable;
  readonly empty: EmptyAnswers;
  /** Told of answers of reads in a stage that compares them. */
  readonly onRead: (read: ObservedRead) => void;
}

interface Question<T> extends Asked {
  readonly ask: Ask<T>;
  readonly keys: readonly string[] | undefined;
}

/** Asks the store that is in charge, and asks again where it was no more when the answer came. */
export class RoutedReads {
  private readonly parts: ReadParts;

  constructor(parts: ReadParts) {
    this.parts = parts;
  }

  /** @param keys the keys read, where the read names them */
  read<T>(
    collection: CollectionDefinition,
    ask: Ask<T>,
    keys?: readonly string[],
  ): MaybePromise<T> {
    const question = { unit: this.parts.units.of(collection), collection, ask, keys };
    const recent = this.parts.registry.recent();
    if (recent !== undefined) return this.readByRecent(recent, question);
    const snapshot = this.parts.registry.look();
    if (snapshot instanceof Promise) return snapshot.then((found) => this.readAt(found, question));
    return this.readAt(snapshot, question);
  }

  /** One look instead of two: it is the one after the answer that tells whether the answer counts. */
  private async readByRecent<T>(recent: UnitsSnapshot, question: Question<T>): Promise<T> {
    const { routes, registry } = this.parts;
    let route: Route;
    let answer: T;
    try {
      route = routes.of(recent, question.unit);
      answer = await question.ask(route.authority);
    } catch (error) {
      // A store that is in charge no more may fail as it likes.
      const now = await registry.look();
      if (now === recent) throw error;
      return this.readAt(now, question);
    }
    return this.confirm(answer, route, question);
  }

  private readAt<T>(snapshot: UnitsSnapshot, question: Question<T>): MaybePromise<T> {
    const route = this.parts.routes.of(snapshot, question.unit);
    const answer = question.ask(route.authority);
    if (answer instanceof Promise)
      return answer.then((found) => this.confirm(found, route, question));
    return this.confirm(answer, route, question);
  }

  /** An answer counts if its store was still in charge when it came. */
  private confirm<T>(answer: T, route: Route, question: Question<T>): MaybePromise<T> {
    const now = this.parts.registry.look();
    if (now instanceof Promise)
      return now.then((found) => this.settle(answer, { route, now: found }, question));
    return this.settle(answer, { route, now }, question);
  }

  private settle<T>(
    answer: T,
    { route, now }: { readonly route: Route; readonly now: UnitsSnapshot },
    question: Question<T>,
  ): MaybePromise<T> {
    // Epochs only ever grow: the same one again was there all the time.
    if (this.parts.routes.of(now, question.unit).record.epoch !== route.record.epoch)
      return this.readAt(now, question);
    const doubt = this.parts.empty.check(answer, question, route);
    if (doubt !== undefined) {
      return doubt.then((isBack) =>
        isBack ? this.readAt(now, question) : this.observed(answer, route, question),
      );
    }
    return this.observed(answer, route, question);
  }

  private observed<T>(answer: T, { compares, record }: Route, question: Question<T>): T {
    const { unit, collection, ask, keys } = question;
    if (compares) this.parts.onRead({ unit, collection, epoch: record.epoch, ask, answer, keys });
    return answer;
  }

  /** A stream stays with the store that was in charge at its beginning: it is one pass over one store. */
  async *scan(
    collection: CollectionDefinition,
    selection: Selection,
    direction?: ScanDirection,
  ): AsyncIterable<readonly KeyedValue[]> {
    const { registry, units, routes, empty } = this.parts;
    const unit = units.of(collection);
    const route = routes.of(await registry.look(), unit);
    let isEmpty = true;
    for await (const batch of route.authority.scan(collection, selection, direction)) {
      isEmpty = false;
      yield batch;
    }
    if (isEmpty && (await empty.check([], { unit, collection }, route)) === true)
      yield* this.scan(collection, selection, direction);
  }
}
