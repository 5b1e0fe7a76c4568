import type { AdapterCopy } from "./adapter-copy.ts";
import type { DiskImage } from "../disk/disk-image.ts";
import { rootInode } from "../disk/model-disk.ts";
import { crashImages, type DiskMoment, Numbers } from "./crash-images.ts";
import { examine, type RepairMoment } from "./examination.ts";
import { type Content, record } from "./recording.ts";
import type { Scenario } from "./scenario.ts";

/** A disk that broke a promise. */
export interface Violation {
  /** The call after which the power failed. */
  readonly after: string;
  readonly what: string;
  /** Paths and contents. */
  readonly disk: readonly string[];
}

export interface EnumerationReport {
  readonly crashPoints: number;
  /** Different disks, each examined once. */
  readonly states: number;
  /** Repairs during which the power was cut again, one of each kind. */
  readonly repairs: number;
  readonly violations: readonly Violation[];
}

export interface EnumerationOptions {
  /** Into how many parts a write may be torn. */
  readonly blocks: number;
  /** Stop at the first violation. */
  readonly stopEarly?: boolean;
}

/** Processes of their own, each with a copy of the adapter. */
export interface Processes {
  readonly writer: AdapterCopy;
  readonly stopped: AdapterCopy;
  readonly successor: AdapterCopy;
}

/** A moment of power loss and which contents may be found afterwards. */
interface Cut {
  readonly after: string;
  readonly moment: DiskMoment;
  readonly acknowledged: number;
  readonly latest: number;
}

/** Cuts the power at every moment of a scenario and looks at every disk that this may leave. */
export async function enumerate(
  scenario: Scenario,
  processes: Processes,
  options: EnumerationOptions,
): Promise<EnumerationReport> {
  const { contents, points } = await record(scenario, processes);
  const search = new Search(contents, processes.successor, options);
  for (const point of points) await search.cut(point);
  for (const repair of search.repairs) await search.cut(repair);
  return {
    crashPoints: points.length,
    states: search.states,
    repairs: search.repairKinds.size,
    violations: search.violations,
  };
}

/** More say nothing new. */
const mostViolations = 5;

class Search {
  states = 0;
  readonly violations: Violation[] = [];
  /** Moments of repairs: one repair of each kind, for the power may fail again. */
  readonly repairs: Cut[] = [];
  readonly #contents: readonly Content[];
  readonly #successor: AdapterCopy;
  readonly #options: EnumerationOptions;
  readonly #numbers = new Numbers();
  readonly #found = new Map<string, number>();
  readonly repairKinds = new Set<string>();

  constructor(contents: readonly Content[], successor: AdapterCopy, options: EnumerationOptions) {
    this.#contents = contents;
    this.#successor = successor;
    this.#options = options;
  }

  async cut(cut: Cut): Promise<void> {
    for (const { key, image } of crashImages(cut.moment, this.#options.blocks, this.#numbers)) {
      if (this.#options.stopEarly === true && this.violations.length > 0) return;
      const found = this.#found.get(key) ?? (await this.#examine(key, image, cut));
      if (found < 0) continue;
      const { acknowledged, latest } = cut;
      if (found < acknowledged)
        this.#complain(cut, image, `lost commit ${acknowledged}, which was acknowledged`);
      if (found > latest) this.#complain(cut, image, `holds commit ${found} before it was written`);
    }
  }

  async #examine(key: string, image: DiskImage, cut: Cut): Promise<number> {
    this.states += 1;
    const { found, problem, repair } = await examine(image, this.#contents, this.#successor);
    this.#found.set(key, found);
    if (problem !== undefined) this.#complain(cut, image, problem);
    else this.#keepRepair(repair, found);
    return found;
  }

  /** What a repair has shown to a reader must stay, whenever the power fails again. */
  #keepRepair(repair: readonly RepairMoment[], found: number): void {
    const kind = `${found}:${repair.map(({ after }) => after.replaceAll(/[\d.]{3,}/g, "")).join()}`;
    if (repair.length === 0 || this.repairKinds.has(kind)) return;
    this.repairKinds.add(kind);
    const last = repair.length - 1;
    for (const [index, { after, moment }] of repair.entries()) {
      const acknowledged = index === last ? found : 0;
      this.repairs.push({ after: `repair: ${after}`, moment, acknowledged, latest: found });
    }
  }

  #complain({ after }: Cut, image: DiskImage, what: string): void {
    if (this.violations.length < mostViolations)
      this.violations.push({ after, what, disk: listing(image) });
  }
}

/** Every path with its content. */
function listing(image: DiskImage, ino: number = rootInode, path = ""): string[] {
  const node = image.inodes.get(ino);
  if (node === undefined) return [`${path}: inode ${ino} is lost`];
  if ("data" in node) return [`${path}: ${Buffer.from(node.data).toString()}`];
  const below = [...node.names].flatMap(([name, child]) =>
    listing(image, child, `${path}/${name}`),
  );
  return [`${path}/`, ...below];
}
