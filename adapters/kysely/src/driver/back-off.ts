import { setTimeout as sleep } from "node:timers/promises";

const shortestMs = 1;
const longestMs = 8;

/** Waits a random 1 to 8 ms, so that those who wait for one lock do not knock together. */
export async function backOff(): Promise<void> {
  await sleep(shortestMs + Math.random() * (longestMs - shortestMs));
}
