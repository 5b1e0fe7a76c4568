import { join } from "node:path";
import { DataFolder, firstRecords, models } from "./data-folder.ts";
import { type Ended, signalled } from "./signalled.ts";
import type { StopScene } from "./stop-report.ts";

const program = join(import.meta.dirname, "application.fixture.ts");
const unit = ["--unit", "assets/models"];

/** How a folder comes to where an application finds it, and what is to succeed in the end. */
interface Stand {
  readonly isGradual: boolean;
  readonly way: readonly (readonly string[])[];
  readonly end: readonly (readonly string[])[];
}

const toDualwrite = [["start", ...unit]];
const compared = [["verify", ...unit]];
const toLive = [["start"], ["backfill"], ["verify"], ["switch"]].map((words) => [
  ...words,
  ...unit,
]);

/** Where a folder may stand. */
export const applicationStands: Readonly<Record<string, Stand>> = {
  json: { isGradual: false, way: [], end: [["migrate"], ["verify"]] },
  sqlite: { isGradual: false, way: [["migrate"]], end: [["rollback", "--yes"]] },
  dualwrite: { isGradual: true, way: toDualwrite, end: [["backfill", ...unit], ...compared] },
  live: { isGradual: true, way: toLive, end: compared },
};

/** A folder that an application writes to until it gets SIGTERM. */
export class ApplicationScene implements StopScene {
  readonly isNewEachTime = false;
  readonly #stand: Stand;
  readonly #manners: string;
  readonly #folder: DataFolder;
  readonly #acknowledged = new Set<string>();
  #runs = 0;

  /**
   * @param place an empty folder
   * @param manners see `application.fixture.ts`
   */
  constructor(stand: Stand, place: string, manners: string) {
    this.#stand = stand;
    this.#manners = manners;
    this.#folder = DataFolder.made(place, stand.isGradual);
  }

  prepare(): Promise<void> {
    return this.#folder.walk(this.#stand.way);
  }

  stop(at: number): Promise<Ended> {
    this.#runs += 1;
    return signalled(program, [this.#folder.path, `${this.#runs}`, this.#manners], { at });
  }

  async judge({ code, isSignalled, output, complaints }: Ended): Promise<string[]> {
    if (code !== 0 || !isSignalled) return [`it ended with ${code}: ${complaints}`];
    for (const key of output.split("\n")) if (key !== "") this.#acknowledged.add(key);
    const problems: string[] = [];
    const storage = await this.#folder.open();
    try {
      const own = storage.collection(models);
      await own.put("after", { name: String(this.#runs) });
      const keys = new Set((await own.find()).map(({ key }) => key));
      const lost = [...this.#acknowledged].filter((key) => !keys.has(key));
      if (lost.length > 0) problems.push(`${lost.join()} were acknowledged and are lost`);
      const left = [...keys].filter((key) => key.startsWith("left-"));
      const torn = left.filter((key) => !keys.has(key.replace("left-", "right-")));
      if (torn.length > 0) problems.push(`${torn.join()} are half of a transaction`);
      const first = [...keys].filter((key) => key.startsWith("m"));
      if (first.length !== firstRecords) problems.push(`${first.length} of the first records`);
    } finally {
      await storage.close();
    }
    return problems;
  }

  async back(): Promise<void> {}

  async end(): Promise<string[]> {
    await this.#folder.walk(this.#stand.end);
    return this.#acknowledged.size > 0 ? [] : ["nothing was ever acknowledged"];
  }
}
