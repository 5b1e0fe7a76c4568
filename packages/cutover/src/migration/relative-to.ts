import { relative } from "node:path";

/** A path inside the folder is kept relative, so that the folder can be moved. */
export function relativeTo(folder: string, path: string): string {
  const inside = relative(folder, path).replaceAll("\\", "/");
  return inside.startsWith("../") ? path : inside;
}
