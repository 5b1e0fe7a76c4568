import type { BackendKind } from "../state/migration-record.ts";

/** The stores that a hop can lead from or to. */
export type StoreKind = BackendKind | "postgres";

/** From which store to which one collections move. */
export interface Hop {
  readonly from: BackendKind;
  readonly to: "sqlite" | "postgres";
}

/** The hop where a config, or a record, names none. */
export const defaultHop: Hop = { from: "json", to: "sqlite" };

/** All hops there are. */
export const hops: readonly Hop[] = [
  defaultHop,
  { from: "json", to: "postgres" },
  { from: "sqlite", to: "postgres" },
];

/** Stores, as sentences name them. */
export const storeNames: Readonly<Record<StoreKind, string>> = {
  json: "JSON files",
  sqlite: "SQLite",
  postgres: "Postgres",
};

/** Such as `json→postgres`. */
export function hopInWords({ from, to }: { readonly from: string; readonly to: string }): string {
  return `${from}→${to}`;
}

/** Whether two hops are the same. */
export function isSameHop(one: Hop, other: Hop): boolean {
  return one.from === other.from && one.to === other.to;
}

/** The hop of a config. */
export function hopOf({
  hop,
}: {
  readonly hop?: { readonly from?: Hop["from"]; readonly to?: Hop["to"] };
}): Hop {
  return { from: hop?.from ?? defaultHop.from, to: hop?.to ?? defaultHop.to };
}

/** A unit's name on a hop: a store that two hops meet at tells them apart by it. */
export function unitNameOn({ from, to }: Hop, name: string): string {
  return from === defaultHop.from ? name : `${name}@${to}`;
}

/** Whether one of a hop's stores is the database in the folder. */
export function hasDatabase({ from, to }: Hop): boolean {
  return from === "sqlite" || to === "sqlite";
}

/** Whether a hop needs the database's file where a unit is at this stage. */
export function needsDatabase({ from, to }: Hop, stage: string): boolean {
  if (to === "sqlite") return stage !== "off";
  return from === "sqlite" && stage !== "complete";
}
