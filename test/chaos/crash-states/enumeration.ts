import { Random } from "../../histories/load/random.ts";
import type { DiskImage } from "../disk/disk-image.ts";
import { rootInode } from "../disk/model-disk.ts";
import type { AdapterCopy } from "./adapter-copy.ts";
import {
  type DiskFamily,
  diskFamilies,
  type DiskMoment,
  imageIn,
  momentOf,
  sizeOf,
} from "./crash-images.ts";
import { examine, type RepairMoment } from "./examination.ts";
import { type Content, record } from "./recording.ts";
import type { Scenario } from "./scenario.ts";
import { type Covered, type Seen, Verdicts } from "./verdicts.ts";

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
  /** Pairs of a moment and a disk that a power cut at this moment may leave. */
  readonly states: number;
  /** Different disks among them, at least. */
  readonly disks: number;
  /** Disks that were opened, read and written: one for all that no process could tell from it. */
  readonly examined: number;
  /** Disks chosen at random, opened whole, and found to be what the enumeration says. */
  readonly sampled: number;
  /** Repairs during which the power was cut again, one of each kind. */
  readonly repairs: number;
  readonly violations: readonly Violation[];
}

export interface EnumerationOptions {
  /** Into how many parts a write may be torn. */
  readonly blocks: number;
  /** Stop at the first violation. */
  readonly stopEarly?: boolean;
  /** How many disks are chosen at random and opened whole, to try the enumeration itself. */
  readonly samples?: number;
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
  const sampled = await search.sample([...points, ...search.repairs], options.samples ?? 0);
  return {
    crashPoints: points.length,
    states: search.states,
    disks: search.disks,
    examined: search.examined,
    sampled,
    repairs: search.repairKinds.size,
    violations: search.violations,
  };
}

/** More say nothing new. */
const mostViolations = 5;

class Search {
  states = 0;
  examined = 0;
  readonly violations: Violation[] = [];
  /** Moments of repairs: one repair of each kind, for the power may fail again. */
  readonly repairs: Cut[] = [];
  readonly repairKinds = new Set<string>();
  readonly #contents: readonly Content[];
  readonly #successor: AdapterCopy;
  readonly #options: EnumerationOptions;
  readonly #verdicts = new Verdicts();
  /** The most disks that one moment leaves with the same names. */
  readonly #largest = new Map<string, number>();

  constructor(contents: readonly Content[], successor: AdapterCopy, options: EnumerationOptions) {
    this.#contents = contents;
    this.#successor = successor;
    this.#options = options;
  }

  get disks(): number {
    return [...this.#largest.values()].reduce((sum, size) => sum + size, 0);
  }

  async cut(cut: Cut): Promise<void> {
    for (const family of diskFamilies(cut.moment, this.#options.blocks)) {
      const size = sizeOf(family);
      this.states += size;
      this.#largest.set(family.key, Math.max(size, this.#largest.get(family.key) ?? 0));
      const verdicts = this.#verdicts.all(family, (chosen) => this.#examine(cut, family, chosen));
      let covered = 0;
      for await (const verdict of verdicts) {
        covered += verdict.disks;
        this.#judge(cut, family, verdict);
        if (this.#options.stopEarly === true && this.violations.length > 0) return;
      }
      if (covered !== size) throw new Error(`${covered} disks of ${size} have a verdict`);
    }
  }

  /** Opens disks chosen at random as a whole. @returns how many were as the enumeration says */
  async sample(cuts: readonly Cut[], count: number): Promise<number> {
    const random = new Random(1);
    const anyOf = <T>(list: readonly T[]): T => {
      const chosen = list[random.below(list.length)];
      if (chosen === undefined) throw new Error("nothing to choose from");
      return chosen;
    };
    for (let done = 0; done < count && this.violations.length === 0; done += 1) {
      const { moment } = anyOf(cuts);
      const family = anyOf([...diskFamilies(moment, this.#options.blocks)]);
      const contents = new Map([...family.files].map(([ino, all]) => [ino, anyOf(all)] as const));
      const choose = (ino: number): Uint8Array => contents.get(ino) ?? new Uint8Array();
      const image = imageIn(moment, family, choose);
      const { found } = await examine(image, this.#contents, { adapter: this.#successor });
      const told = this.#verdicts.of(family.key, choose);
      if (told !== found) throw new Error(`a disk holds ${found}, and was said to hold ${told}`);
    }
    return count;
  }

  #judge(cut: Cut, family: DiskFamily, { found, chosen }: Covered): void {
    const { acknowledged, latest } = cut;
    if (found < 0 || (found >= acknowledged && found <= latest)) return;
    const image = imageIn(cut.moment, family, (ino, all) => chosen.get(ino) ?? firstOf(all));
    const what =
      found < acknowledged
        ? `lost commit ${acknowledged}, which was acknowledged`
        : `holds commit ${found} before it was written`;
    this.#complain(cut, image, what);
  }

  async #examine(
    cut: Cut,
    family: DiskFamily,
    chosen: ReadonlyMap<number, Uint8Array>,
  ): Promise<Seen> {
    this.examined += 1;
    const looks = new Map<number, Uint8Array>();
    const image = imageIn(cut.moment, family, (ino, all) => {
      const content = chosen.get(ino) ?? firstOf(all);
      looks.set(ino, content);
      return content;
    });
    const adapter = this.#successor;
    const { found, problem, calls } = await examine(image, this.#contents, { adapter });
    const seen = new Map(looks);
    if (problem !== undefined) this.#complain(cut, image, problem);
    else if (calls.length > 0) await this.#keepRepair(image, found, calls);
    return { found, looks: seen };
  }

  /** What a repair has shown to a reader must stay, whenever the power fails again. */
  async #keepRepair(image: DiskImage, found: number, calls: readonly string[]): Promise<void> {
    const kind = `${found}:${calls.map((after) => after.replaceAll(/[\d.]{3,}/g, "")).join()}`;
    if (this.repairKinds.has(kind)) return;
    this.repairKinds.add(kind);
    const repair: RepairMoment[] = [];
    const adapter = this.#successor;
    await examine(image, this.#contents, {
      adapter,
      onRepair: (after, disk) => void repair.push({ after, moment: momentOf(disk) }),
    });
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

const firstOf = ([first = new Uint8Array()]: readonly Uint8Array[]): Uint8Array => first;

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
