import { setTimeout as sleep } from "node:timers/promises";
import { versionOf, type ControlStore, type JsonValue, type StorageDriver } from "@cutover/core";
import type { ObservedRead } from "../backend/observed-read.ts";
import type { Sides } from "../backend/route.ts";
import { recordFinding } from "../mismatch/mismatch-book.ts";
import type { Finding } from "../mismatch/mismatch.ts";
import { stages } from "../stage/stages.ts";
import type { UnitRegistry } from "../unit/unit-registry.ts";
import { cleaned, comparatorOf, equalUnder, type Comparators } from "../verify/comparator.ts";
import { differingPaths } from "../verify/differing-paths.ts";
import type { Roles } from "../verify/lockstep.ts";
import { markCover } from "../verify/mark-cover.ts";
import { rolesOf } from "../verify/sides.ts";
import { answerText, cleanedText, recordsIn } from "./answer-text.ts";
import { within } from "./within.ts";

/** How often both sides are asked again, and how long to wait in between. Milliseconds. */
const looks = 3;
const pauseMs = 5;

/** A read that was sampled, with a copy of its answer. */
export interface SampledRead extends Omit<ObservedRead, "answer"> {
  /** What `answerText` made of the answer. */
  readonly text: string;
}

/** What came of a comparison. */
export type Comparison = "same" | "different" | "skipped";

/** What a {@link ShadowComparison} works with. */
export interface ShadowPorts {
  readonly control: ControlStore;
  readonly registry: UnitRegistry;
  readonly drivers: Sides<StorageDriver>;
  /** The present, in milliseconds since 1970. */
  readonly clock: () => number;
  readonly compare: Comparators | undefined;
  /** A comparison that takes longer has failed, in milliseconds. */
  readonly timeoutMs: number;
}

interface Answers {
  readonly authority: string;
  readonly mirror: string;
}

/** Asks the mirror what a caller was answered by the authority. */
export class ShadowComparison {
  private readonly ports: ShadowPorts;
  private readonly read: SampledRead;
  private isGivenUp = false;

  constructor(ports: ShadowPorts, read: SampledRead) {
    this.ports = ports;
    this.read = read;
  }

  /** It took too long, and counts as failed: what it still finds is not to be reported. */
  giveUp(): void {
    this.isGivenUp = true;
  }

  /** @throws what the mirror throws; what a comparator throws */
  async run(): Promise<Comparison> {
    const roles = await this.roles();
    if (roles === undefined) return "skipped";
    const mirror = await this.ask(roles.mirror);
    if (this.isSame({ authority: this.read.text, mirror })) return "same";
    const answers = await this.stable(roles);
    if (answers === "same" || answers === undefined) return answers ?? "skipped";
    // The epoch is looked at last: until then both stores had the roles they were asked in.
    if ((await this.roles()) === undefined || this.isGivenUp) return "skipped";
    return (await this.report(answers)) ? "different" : "skipped";
  }

  private async roles(): Promise<Roles<StorageDriver> | undefined> {
    const { registry, drivers } = this.ports;
    const { record } = registry.of(await registry.look(), this.read.unit);
    if (record.epoch !== this.read.epoch || !stages[record.stage].compares) return undefined;
    return rolesOf(record, drivers);
  }

  private async ask(driver: StorageDriver): Promise<string> {
    return answerText(await this.read.ask(driver));
  }

  private isSame({ authority, mirror }: Answers): boolean {
    if (authority === mirror) return true;
    const { collection, keys } = this.read;
    const comparator = comparatorOf(this.ports.compare, collection.name);
    if (comparator === undefined) return false;
    const namesKeys = keys !== undefined;
    return (
      cleanedText(authority, comparator, namesKeys) === cleanedText(mirror, comparator, namesKeys)
    );
  }

  /** Asks again until the same difference showed twice; undefined when it never stood still. */
  private async stable(roles: Roles<StorageDriver>): Promise<Answers | "same" | undefined> {
    let seen: Answers | undefined;
    for (let look = 0; look < looks; look++) {
      if (look > 0) await sleep(pauseMs * look, undefined, { ref: false });
      const authority = await this.ask(roles.authority);
      if (await this.isMarked()) return undefined;
      const mirror = await this.ask(roles.mirror);
      if (this.isSame({ authority, mirror })) return "same";
      if ((await this.ask(roles.authority)) !== authority) {
        seen = undefined;
        continue;
      }
      if (seen?.authority === authority && seen.mirror === mirror) return seen;
      seen = { authority, mirror };
    }
    return undefined;
  }

  private async isMarked(): Promise<boolean> {
    const { unit, collection, keys } = this.read;
    const { control } = this.ports;
    const cover = await markCover(control, unit.name, collection.name);
    if (cover.whole) return true;
    if (keys !== undefined) return keys.some((key) => cover.covers(key));
    return cover.isAny;
  }

  /** @returns whether any of it is open: false where an operator decided to ignore all of it */
  private async report(answers: Answers): Promise<boolean> {
    const { control, clock } = this.ports;
    const at = new Date(clock()).toISOString();
    let isOpen = false;
    for (const finding of this.findings(answers)) {
      if (await recordFinding(control, this.read.unit.name, finding, at)) isOpen = true;
    }
    return isOpen;
  }

  private findings(answers: Answers): Finding[] {
    const { collection, keys } = this.read;
    const whole = { collection: collection.name, key: undefined, kind: "changed" } as const;
    const versions = { authority: undefined, mirror: undefined };
    if (keys === undefined) return [{ ...whole, paths: [], ...versions }];
    const authority = recordsIn(answers.authority, keys);
    const mirror = recordsIn(answers.mirror, keys);
    return keys.flatMap((key) => this.finding(key, authority.get(key), mirror.get(key)) ?? []);
  }

  private finding(
    key: string,
    authority: JsonValue | undefined,
    mirror: JsonValue | undefined,
  ): Finding | undefined {
    const collection = this.read.collection.name;
    const base = {
      collection,
      key,
      paths: [],
      authority: authority === undefined ? undefined : versionOf(authority),
      mirror: mirror === undefined ? undefined : versionOf(mirror),
    };
    if (authority === undefined)
      return mirror === undefined ? undefined : { ...base, kind: "extra" };
    if (mirror === undefined) return { ...base, kind: "missing" };
    const comparator = comparatorOf(this.ports.compare, collection);
    if (equalUnder(comparator, authority, mirror)) return undefined;
    const paths =
      comparator === undefined
        ? differingPaths(authority, mirror)
        : differingPaths(cleaned(authority, comparator), cleaned(mirror, comparator));
    return { ...base, kind: "changed", paths };
  }
}

/** A comparison under way. */
export interface RunningComparison {
  /** Settles within the time-out. Rejects with what a store or a comparator throws, or LOCK_TIMEOUT. */
  readonly result: Promise<Comparison>;
  /** Settles when nothing is under way any more. Never rejects. */
  readonly over: Promise<void>;
}

/** Compares, but not for ever. */
export function compareRead(ports: ShadowPorts, read: SampledRead): RunningComparison {
  const comparison = new ShadowComparison(ports, read);
  const run = comparison.run();
  const over = run.then(
    () => undefined,
    () => undefined,
  );
  const result = within(ports.timeoutMs, run).finally(() => comparison.giveUp());
  return { result, over };
}
