import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ControlStore, DirtyMark } from "@cutover/core";
import { sqliteControl } from "@cutover/kysely/control";
import type { Heard } from "../kill-loop/ready-writer.ts";
import type { CutTarget } from "./cut-target.ts";

/** The unit that marks are of, and the record that is changed. */
export const unit = "books";
export const recordName = "total";
/** More marks than are ever there. */
const mostMarks = 10_000;

/** Opens the control store of a folder. */
export async function openControl(folder: string): Promise<ControlStore> {
  const control = sqliteControl({ path: join(folder, "0", "control.db") });
  await control.open();
  return control;
}

/** The control store alone: marks, and a record whose every change has its row in the audit. */
export class ControlTarget implements CutTarget {
  count = 0;
  readonly #folder: string;
  #marked = new Set<string>();
  #total = 0;
  #unsure = 0;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(join(folder, "0"), { recursive: true });
  }

  async prepare(): Promise<void> {
    const control = await openControl(this.#folder);
    await control.commit([{ name: recordName, revision: 0, value: 0 }], []);
    await control.close();
  }

  take({ what, detail }: Heard): void {
    if (what === "mark") this.#marked.add(detail);
    if (what === "total") this.#total = Math.max(this.#total, Number(detail));
    this.count += 1;
  }

  maybe(): void {
    this.#unsure += 1;
  }

  async look(): Promise<string[]> {
    const control = await openControl(this.#folder);
    try {
      const marks = await control.marks(unit, mostMarks);
      const total = await totalIn(control);
      const [row] = await control.audit(1);
      const problems = [...this.#lost(marks), ...this.#miscounted(total)];
      const audited = row === undefined ? 0 : Number(row.details);
      if (audited !== total)
        problems.push(`half a commit: the record says ${total}, the audit ${audited}`);
      await control.settleOrphans(unit);
      await control.clear(unit, await control.marks(unit, mostMarks));
      this.#marked = new Set();
      this.#total = total;
      this.#unsure = 0;
      return problems;
    } finally {
      await control.close();
    }
  }

  async end(): Promise<string[]> {
    return [];
  }

  #lost(marks: readonly DirtyMark[]): string[] {
    const found = new Set(marks.map(({ key }) => key));
    const lost = [...this.#marked].filter((key) => !found.has(key));
    return lost.length > 0 ? [`lost the marks of ${lost.join()}`] : [];
  }

  #miscounted(total: number): string[] {
    const isRight = total >= this.#total && total <= this.#total + this.#unsure;
    return isRight ? [] : [`counted ${total}, of which ${this.#total} were acknowledged`];
  }
}

async function totalIn(control: ControlStore): Promise<number> {
  const records = await control.records();
  return Number(records.find(({ name }) => name === recordName)?.value);
}
