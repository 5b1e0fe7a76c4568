import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Stage } from "@cutover/engine";
import { App, neverDrains } from "./app.ts";
import { act, type Action } from "./operations.ts";
import { firstSteps, RandomSteps } from "./random-steps.ts";
import type { Dirt } from "./scenario.ts";
import { collectionNames, openStores } from "./subject.ts";

/** How a folder comes to be as a scenario needs it: by what, from which other one. */
interface Recipe {
  readonly from: string | undefined;
  readonly actions: readonly Action[];
}

const ways: Readonly<Record<string, Recipe>> = {
  "off clean": { from: undefined, actions: [] },
  "dualwrite uncopied": { from: "off clean", actions: ["start"] },
  "dualwrite clean": { from: "dualwrite uncopied", actions: ["backfill"] },
  "shadow clean": { from: "dualwrite clean", actions: ["advance", "verify"] },
  "live clean": { from: "shadow clean", actions: ["switch"] },
  "rampdown clean": { from: "live clean", actions: ["ramp down"] },
  "complete clean": { from: "rampdown clean", actions: ["complete"] },
};

/** Calls after which many marks of all kinds are left. */
const dirtySteps = 40;

/** Folders in every state that scenarios begin with, each made once, and copied. */
export class Templates {
  private readonly root = mkdtempSync(join(tmpdir(), "cutover-failpoints-"));
  private readonly made = new Map<string, Promise<string>>();
  private copies = 0;

  /** @returns a fresh folder */
  async copy(stage: Stage, dirt: Dirt): Promise<string> {
    const from = await this.template(`${stage} ${dirt}`);
    const folder = join(this.root, `${++this.copies}`);
    cpSync(from, folder, { recursive: true });
    return folder;
  }

  private template(name: string): Promise<string> {
    let made = this.made.get(name);
    if (made === undefined) {
      made = this.make(name);
      this.made.set(name, made);
    }
    return made;
  }

  private async make(name: string): Promise<string> {
    const folder = join(this.root, name.replaceAll(" ", "-"));
    const [stage, dirt] = name.split(" ");
    const recipe = ways[name] ?? { from: `${stage} clean`, actions: [] };
    if (recipe.from === undefined) mkdirSync(folder);
    else cpSync(await this.template(recipe.from), folder, { recursive: true });
    if (recipe.from === undefined || recipe.actions.length === 0)
      await write(folder, name === "off clean" ? "first" : dirt);
    const stores = await openStores(folder);
    for (const action of recipe.actions) await act(stores, action);
    await stores.close();
    return folder;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

async function write(folder: string, what: string | undefined): Promise<void> {
  const app = await App.open(folder, "victim", neverDrains);
  const random = new RandomSteps(1, { author: "victim", in: collectionNames, alone: [] });
  const steps =
    what === "first" ? firstSteps() : Array.from({ length: dirtySteps }, () => random.next());
  for (const step of steps) await app.take(step);
  if (what === "whole") {
    await app.take({ do: "clear", in: "newest" });
    await app.take({
      do: "putMany",
      in: "newest",
      rows: [
        ["victim3", { n: 3 }],
        ["victim1", { n: 1 }],
      ],
    });
  }
  await app.close();
}
