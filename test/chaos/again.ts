import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** What a shell, or the pattern of a title, would not take as it is. */
const special = /[^\w ,:-]/g;

/** From here on every test of the file that fails says which command runs it, and it alone, again. */
export function failuresTellTheirCommand(): void {
  beforeEach(({ task, onTestFailed }) => {
    onTestFailed(() => {
      const titles = task.fullTestName.split(" > ");
      const title = titles.map((part) => part.replaceAll(special, ".")).join(".*");
      const settings = ["CUTOVER_CHAOS", "CUTOVER_SEED"].flatMap((name) => {
        const value = process.env[name];
        return value === undefined ? [] : [`${name}=${value} `];
      });
      const file = relative(root, task.file.filepath);
      console.error(
        `To run it again: ${settings.join("")}npx -y pnpm@12 exec vitest run --project chaos ${file} -t '${title}'`,
      );
    });
  });
}
