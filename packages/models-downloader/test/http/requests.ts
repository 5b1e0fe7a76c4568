import type { Residence } from "./subject.ts";

/** Every test of an endpoint runs on all; `moving` is migrated or rolled back before every request. */
export const residences: readonly Residence[] = ["json", "sqlite", "postgres", "moving"];

/** What an endpoint answers when all is well. */
export const ok = (json: unknown): object => ({ status: 200, json });

/** What an endpoint answers that lacks what it needs. */
export const bad = (error: string): object => ({ status: 400, json: { error } });

const tenMs = new Date(2025, 10, 29, 10, 0, 0).getTime();

/** Ten o'clock on the wall of 2025-11-29, and 250 microseconds. */
export const clock = (): number => tenMs + 0.25;
