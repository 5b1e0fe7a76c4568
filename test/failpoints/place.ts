import { createHash } from "node:crypto";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { runOn } from "@cutover/test-postgres";

/** Names the server of a hop to one, and which store it begins with, for every process of a run. */
export const serverVariables = {
  url: "CUTOVER_FAILPOINTS_SERVER",
  from: "CUTOVER_FAILPOINTS_FROM",
} as const;

/** A hop to a server; without one, scenarios go from JSON to SQLite in a folder. */
export interface ServerHop {
  /** The address of any database of the server. */
  readonly url: string;
  readonly from: "json" | "sqlite";
}

/** The hop that this process was started for. */
export function serverHop(): ServerHop | undefined {
  const url = process.env[serverVariables.url];
  if (url === undefined) return undefined;
  return { url, from: process.env[serverVariables.from] === "sqlite" ? "sqlite" : "json" };
}

function nameOf(folder: string): string {
  return `failpoints_${createHash("sha256").update(folder).digest("hex").slice(0, 32)}`;
}

/** The address of the database that belongs to a folder. */
export function databaseOf({ url }: ServerHop, folder: string): string {
  const address = new URL(url);
  address.pathname = `/${nameOf(folder)}`;
  return address.href;
}

async function onServer(sql: string): Promise<void> {
  const hop = serverHop();
  if (hop !== undefined) await runOn(hop.url, sql);
}

/** Makes an empty folder, and its database. */
export async function makePlace(folder: string): Promise<void> {
  mkdirSync(folder);
  await onServer(`CREATE DATABASE ${nameOf(folder)} TEMPLATE template0 LOCALE 'C' ENCODING 'UTF8'`);
}

/** Copies a folder that nobody has open, and its database. */
export async function copyPlace(from: string, to: string): Promise<void> {
  cpSync(from, to, { recursive: true });
  await onServer(`CREATE DATABASE ${nameOf(to)} TEMPLATE ${nameOf(from)}`);
}

/** Removes a folder, and its database. */
export async function removePlace(folder: string): Promise<void> {
  await onServer(`DROP DATABASE IF EXISTS ${nameOf(folder)} WITH (FORCE)`);
  rmSync(folder, { recursive: true });
}
