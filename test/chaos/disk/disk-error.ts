import { constants } from "node:os";

/** An error as `node:fs` throws it. */
export function diskError(code: string, syscall: string, path: string): Error {
  const known: Readonly<Record<string, number>> = constants.errno;
  const number = known[code] ?? 0;
  const error = new Error(`${code}: the model disk says so, ${syscall} '${path}'`);
  return Object.assign(error, { code, errno: -number, syscall, path });
}
