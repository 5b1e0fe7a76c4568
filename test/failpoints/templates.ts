import { join } from "node:path";
import type { Stage } from "@cutover/engine";
import { App, neverDrains } from "./app.ts";
import { act, loseMarks, type Action } from "./operations.ts";
import { firstSteps, RandomSteps } from "./random-steps.ts";
import { copyPlace, makePlace } from "./place.ts";
import type { Dirt } from "./scenario.ts";
import { collectionNames, openStores } from "./subject.ts";

/** Where a scenario begins: at a copy of a folder, from which it is led on. */
interface Way {
  readonly copied: string;
  readonly actions: readonly Action[];
}

/** Folders that are made once. A store that was copied is another one, so only mirrors that do not tell are. */
const templates: Readonly<Record<string, Way>> = {
  off: { copied: "", actions: [] },
  uncopied: { copied: "off", actions: ["start"] },
  dualwrite: { copied: "uncopied", actions: ["backfill"] },
  shadow: { copied: "dualwrite", actions: ["advance", "verify"] },
};

const ways: Readonly<Record<Stage, Way>> = {
  off: { copied: "off", actions: [] },
  dualwrite: { copied: "dualwrite", actions: [] },
  shadow: { copied: "shadow", actions: [] },
  live: { copied: "shadow", actions: ["switch"] },
  rampdown: { copied: "shadow", actions: ["switch", "ramp down"] },
  complete: { copied: "shadow", actions: ["switch", "ramp down", "complete"] },
};

/** Calls after which many marks of all kinds are left. */
const dirtySteps = 40;

/** Folders in every state that scenarios begin with. */
export class Templates {
  private readonly root: string;
  private readonly made = new Map<string, Promise<string>>();
  private copies = 0;

  /** @param root an empty folder */
  constructor(root: string) {
    this.root = root;
  }

  /** @returns a fresh folder */
  async copy(stage: Stage, dirt: Dirt): Promise<string> {
    const { copied, actions } = ways[stage];
    const folder = join(this.root, `${++this.copies}`);
    const from = await this.template(dirt === "uncopied" ? "uncopied" : copied);
    await copyPlace(from, folder);
    await actAll(folder, actions);
    if (dirt === "keys" || dirt === "whole") await write(folder, dirt);
    if (dirt === "lost") await drift(folder);
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
    const folder = join(this.root, name);
    const { copied, actions } = templates[name] ?? { copied: "", actions: [] };
    if (copied === "") {
      await makePlace(folder);
      await write(folder, "first");
    } else await copyPlace(await this.template(copied), folder);
    await actAll(folder, actions);
    return folder;
  }
}

async function actAll(folder: string, actions: readonly Action[]): Promise<void> {
  if (actions.length === 0) return;
  const stores = await openStores(folder);
  for (const action of actions) await act(stores, action);
  await stores.close();
}

/** Leaves records that differ, and nothing that says so. */
async function drift(folder: string): Promise<void> {
  await write(folder, "keys");
  const stores = await openStores(folder);
  await loseMarks(stores);
  await stores.close();
}

async function write(folder: string, what: "first" | "keys" | "whole"): Promise<void> {
  const app = await App.open(folder, "victim", { at: neverDrains });
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
