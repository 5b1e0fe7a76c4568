// `node:fs/promises` as the adapter sees it while it runs on a model disk.
import { mkdirSync } from "./fs-face.ts";

export async function mkdir(
  path: string,
  options: { recursive?: boolean; mode?: number },
): Promise<string | undefined> {
  return mkdirSync(path, options);
}

const unknown = (name: string) => async (): Promise<never> => {
  throw new Error(`the model disk has no ${name} of node:fs/promises`);
};
export const open: () => Promise<never> = unknown("open");
export const readFile: () => Promise<never> = unknown("readFile");
export const rename: () => Promise<never> = unknown("rename");
