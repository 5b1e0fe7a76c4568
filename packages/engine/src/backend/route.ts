import type { StorageDriver } from "@cutover/core";
import { stages, type Side } from "../stage/stages.ts";
import type { Unit } from "../unit/unit.ts";
import type { UnitRegistry, UnitsSnapshot } from "../unit/unit-registry.ts";
import type { UnitRecord } from "../unit/unit-record.ts";

/** Both stores of a hop. */
export type Sides<T> = Readonly<Record<Side, T>>;

/** Where a unit's operations go under one stage and epoch. */
export interface Route {
  readonly record: UnitRecord;
  readonly authority: StorageDriver;
  /** Undefined where nothing is mirrored. */
  readonly mirror: Side | undefined;
  readonly compares: boolean;
}

/** Looks up routes; what was found in one snapshot is kept for as long as it is current. */
export class RouteTable {
  private readonly registry: UnitRegistry;
  private readonly drivers: Sides<StorageDriver>;
  private known: { readonly of: UnitsSnapshot; readonly routes: Map<string, Route> } | undefined;

  constructor(registry: UnitRegistry, drivers: Sides<StorageDriver>) {
    this.registry = registry;
    this.drivers = drivers;
  }

  /** @throws what `UnitRegistry.of` throws */
  of(snapshot: UnitsSnapshot, unit: Unit): Route {
    if (this.known?.of !== snapshot) this.known = { of: snapshot, routes: new Map() };
    const { routes } = this.known;
    let route = routes.get(unit.name);
    if (route === undefined) {
      route = this.build(snapshot, unit);
      routes.set(unit.name, route);
    }
    return route;
  }

  private build(snapshot: UnitsSnapshot, unit: Unit): Route {
    const { record } = this.registry.of(snapshot, unit);
    const { authority, mirror, compares } = stages[record.stage];
    return { record, authority: this.drivers[authority], mirror, compares };
  }
}
