import type { Capabilities } from "@cutover/core";
import type { Clause } from "../clause.ts";
import type { Mutant } from "./mutant.ts";
import type { Trial, Verdict } from "./trial.ts";

/** Which clauses are known to kill a mutant on a subject: mutant → subject → clauses. */
export type KnownKills = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** A subject, by what it promises. */
export interface Victim {
  readonly name: string;
  readonly capabilities: Capabilities;
}

/** What {@link runMutants} works with. */
export interface MutantOptions {
  readonly victims: readonly Victim[];
  readonly clauses: readonly Clause[];
  readonly mutants: readonly Mutant[];
  /** Carries out one trial, perhaps in another process. */
  readonly run: (trial: Trial) => Promise<Verdict>;
  /** Tried first; what is missing or no longer true is searched for. Default: nothing. */
  readonly known?: KnownKills;
  /** How long one clause may take, in milliseconds. Default: 60,000. */
  readonly patienceMs?: number;
  /** Told of each kill as it is seen. Default: nobody. */
  readonly onKill?: (kill: Kill) => void;
  /** Mutants judged at the same time. Default: 1. */
  readonly atOnce?: number;
  /** Also searches for a kill of each clause that has none yet. Default: false. */
  readonly learn?: boolean;
}

/** A clause was seen to notice a fault. */
export interface Kill {
  readonly mutant: string;
  readonly victim: string;
  readonly clause: string;
}

/** One mutant on one subject. */
export interface Judgement {
  readonly mutant: string;
  readonly victim: string;
  /** Clauses that were seen to kill it; none: it survives. */
  readonly killedBy: readonly string[];
}

/** What a run over all mutants has found. */
export interface MutantReport {
  readonly judgements: readonly Judgement[];
  /** Clauses, and the opposites that run where a capability is off, that killed nothing. */
  readonly idleClauses: readonly string[];
  /** Clauses that fail without any fault: what they kill counts for nothing. */
  readonly brokenClauses: readonly string[];
  readonly kills: KnownKills;
}

/** Faults that are tried on a clause that takes seconds, before it is told as noticing none. */
const mostForHeavy = 40;
/** How often a clause is tried on a fault it has noticed before. */
const chances = 10;
const opposite = " (where it is not promised)";

function words(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[a-z]{3,}/g));
}

function affinity(mutant: Mutant, clause: Clause): number {
  const told = words(`${mutant.name} ${mutant.breaks}`);
  return [...words(`${clause.id} ${clause.title}`)].filter((word) => told.has(word)).length;
}

/** Puts mutants on trial. */
class MutantRun {
  private readonly options: MutantOptions;
  private readonly kills = new Map<string, Map<string, string[]>>();
  private readonly idle: Set<string>;
  private readonly broken = new Set<string>();
  private readonly sound = new Map<string, Promise<boolean>>();

  constructor(options: MutantOptions) {
    this.options = options;
    const { clauses, victims } = options;
    this.idle = new Set(
      clauses.flatMap((clause) => victims.map((victim) => this.unit(clause, victim))),
    );
  }

  /** What a clause proves on a subject: itself, or its opposite. */
  private unit(clause: Clause, { capabilities }: Victim): string {
    if (clause.needs === undefined || clause.needs(capabilities)) return clause.id;
    // Clauses may share what holds where a capability is off: that is one proof then.
    const first = this.options.clauses.find((other) => other.without === clause.without);
    return (first ?? clause).id + opposite;
  }

  private try(trial: Trial): Promise<Verdict> {
    const { run, patienceMs } = this.options;
    return run(patienceMs === undefined ? trial : { ...trial, patienceMs });
  }

  private isSound(clause: Clause, victim: Victim): Promise<boolean> {
    const name = `${clause.id} on ${victim.name}`;
    let sound = this.sound.get(name);
    if (sound === undefined) {
      const trial = { subject: victim.name, mutant: undefined, clause: clause.id };
      // In its own time: here a hasty verdict would cost every kill of the clause.
      sound = this.options.run(trial).then(({ passed, message = "" }) => {
        if (!passed) this.broken.add(`${name}: ${message}`);
        return passed;
      });
      this.sound.set(name, sound);
    }
    return sound;
  }

  private async isKill(clause: Clause, victim: Victim, mutant: Mutant): Promise<boolean> {
    const trial = { subject: victim.name, mutant: mutant.name, clause: clause.id };
    const { passed, hung = false } = await this.try(trial);
    // Where nothing is meant to hang, a machine may be slow; a clause that fails anyway proves nothing.
    if (passed || (hung && mutant.hangs !== true) || !(await this.isSound(clause, victim)))
      return false;
    this.idle.delete(this.unit(clause, victim));
    const bySubject = this.kills.get(mutant.name) ?? new Map<string, string[]>();
    this.kills.set(mutant.name, bySubject);
    bySubject.set(victim.name, [...(bySubject.get(victim.name) ?? []), clause.id]);
    this.options.onKill?.({ mutant: mutant.name, victim: victim.name, clause: clause.id });
    return true;
  }

  /** Tries what is known to kill; else everything, the likeliest first, until something does. */
  private async judge(victim: Victim, mutant: Mutant): Promise<Judgement> {
    const { clauses, known = {} } = this.options;
    const names = known[mutant.name]?.[victim.name] ?? [];
    const expected = clauses
      .filter(({ id }) => names.includes(id))
      .toSorted((left, right) => names.indexOf(left.id) - names.indexOf(right.id));
    const killedBy: string[] = [];
    for (const clause of expected)
      if (await this.isKill(clause, victim, mutant)) killedBy.push(clause.id);
    if (killedBy.length > 0) return { mutant: mutant.name, victim: victim.name, killedBy };
    const others = clauses
      .filter((clause) => !expected.includes(clause))
      .toSorted(
        (left, right) =>
          Number(left.heavy ?? false) - Number(right.heavy ?? false) ||
          affinity(mutant, right) - affinity(mutant, left),
      );
    for (const clause of others) {
      if (!(await this.isKill(clause, victim, mutant))) continue;
      return { mutant: mutant.name, victim: victim.name, killedBy: [clause.id] };
    }
    return { mutant: mutant.name, victim: victim.name, killedBy: [] };
  }

  private async learn(clause: Clause, victim: Victim): Promise<void> {
    const likely = this.options.mutants
      .filter((mutant) => mutant.appliesTo?.(victim.capabilities) ?? true)
      .toSorted((left, right) => affinity(right, clause) - affinity(left, clause))
      .slice(0, clause.heavy === true ? mostForHeavy : undefined);
    for (const mutant of likely) {
      if (!this.idle.has(this.unit(clause, victim))) return;
      if (await this.isKill(clause, victim, mutant)) return;
    }
  }

  /** Some faults show by chance, when processes meet; what has noticed them gets more chances. */
  private async insist(clause: Clause, victim: Victim): Promise<void> {
    const { mutants, known = {} } = this.options;
    const expected = mutants.filter(({ name }) => known[name]?.[victim.name]?.includes(clause.id));
    for (let chance = 0; chance < chances; chance++)
      for (const mutant of expected) {
        if (!this.idle.has(this.unit(clause, victim))) return;
        await this.isKill(clause, victim, mutant);
      }
  }

  async run(): Promise<MutantReport> {
    const { victims, clauses, mutants, atOnce = 1 } = this.options;
    const judgements: Judgement[] = [];
    const pairs = victims.flatMap((victim) =>
      mutants
        .filter((mutant) => mutant.appliesTo?.(victim.capabilities) ?? true)
        .map((mutant) => async () => {
          const judgement = await this.judge(victim, mutant);
          judgements.push(judgement);
        }),
    );
    await inParallel(pairs, atOnce);
    const onEach = (search: (clause: Clause, victim: Victim) => Promise<void>) =>
      victims.flatMap((victim) => clauses.map((clause) => () => search(clause, victim)));
    await inParallel(
      onEach((clause, victim) => this.insist(clause, victim)),
      atOnce,
    );
    if (this.options.learn === true)
      await inParallel(
        onEach((clause, victim) => this.learn(clause, victim)),
        atOnce,
      );
    return {
      judgements,
      idleClauses: [...this.idle],
      brokenClauses: [...this.broken],
      kills: Object.fromEntries(
        Array.from(this.kills, ([mutant, bySubject]) => [mutant, Object.fromEntries(bySubject)]),
      ),
    };
  }
}

async function inParallel(works: readonly (() => Promise<void>)[], atOnce: number): Promise<void> {
  const queue = works.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const work of queue) await work();
    }),
  );
}

/**
 * Lays every fault over every subject and looks which clauses notice. A fault that none notices
 * shows that the contract is weak; a clause that notices none, that it proves nothing.
 */
export function runMutants(options: MutantOptions): Promise<MutantReport> {
  return new MutantRun(options).run();
}
