import { readFileSync } from "node:fs";

/** Whom a server runs as; undefined: whoever runs the tests. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

const preferred = ["postgres", "nobody"];

/** Postgres refuses to run as root, so root starts it as somebody who can do less. */
export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  for (const name of preferred) {
    const [, , uid, gid] = users.find(([found]) => found === name) ?? [];
    if (uid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    "tests run as root, and neither `postgres` nor `nobody` is there to run Postgres",
  );
}
