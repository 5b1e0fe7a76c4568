import { copyFileSync, linkSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Makes a folder that holds the same as another, however deep. Its JSON files are the very same
 * files, and not copies, which would be taken for somebody else's doing: nothing writes into one of
 * them, they are replaced.
 */
export function twin(from: string, to: string): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) twin(source, target);
    else if (entry.name.endsWith(".json")) linkSync(source, target);
    else copyFileSync(source, target);
  }
}
