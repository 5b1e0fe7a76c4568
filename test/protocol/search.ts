import type { Configuration } from "./configuration.ts";
import { EdgeList } from "./edge-list.ts";
import { comesToRest, invariants, restName } from "./invariants.ts";
import type { ModelState } from "./model-state.ts";
import { emitSuccessors, firstState } from "./protocol-model.ts";
import { stateKey } from "./state-key.ts";
import { type Step, traceTo } from "./trace.ts";
import type { Weakening } from "./weakening.ts";

/** A law that does not hold, and a shortest way to where it does not. */
export interface Violation {
  readonly law: string;
  readonly trace: readonly Step[];
}

/** What exploring a configuration came to. */
export interface Exploration {
  /** All that can be reached, or as many as were met until a law was broken. */
  readonly states: number;
  readonly steps: number;
  /** Undefined: every law holds in every state. */
  readonly violation: Violation | undefined;
}

/** What to explore. */
export interface Question {
  readonly configuration: Configuration;
  readonly weakening?: Weakening | undefined;
  /** More states than this are an error: a configuration that grew by mistake. */
  readonly mostStates?: number | undefined;
}

class Search {
  private readonly question: Question;
  private readonly numbers = new Map<string, number>();
  private readonly parents: number[] = [];
  private readonly edges = new EdgeList();
  private readonly resting: number[] = [];
  private next: ModelState[] = [];

  constructor(question: Question) {
    this.question = question;
  }

  run(): Exploration {
    this.meet(firstState(this.question.configuration), -1);
    let expanded = 0;
    let broken = this.brokenLaw();
    while (this.next.length > 0 && broken === undefined) {
      const level = this.next;
      this.next = [];
      for (const state of level) {
        this.expand(state, expanded);
        expanded += 1;
      }
      broken = this.brokenLaw();
    }
    const { size } = this.numbers;
    return { states: size, steps: this.edges.length, violation: broken ?? this.stuck() };
  }

  private expand(state: ModelState, number: number): void {
    const { configuration, weakening } = this.question;
    const emit = (_actor: string, _what: string, next: ModelState): void => {
      this.edges.add(number, this.meet(next, number));
    };
    emitSuccessors({ state, configuration, weakening, emit });
  }

  private meet(state: ModelState, parent: number): number {
    const key = stateKey(state, this.question.configuration);
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const number = this.numbers.size;
    if (number >= (this.question.mostStates ?? 10_000_000))
      throw new Error(`${this.question.configuration.name}: more than ${number} states`);
    this.numbers.set(key, number);
    this.parents.push(parent);
    this.next.push(state);
    if (comesToRest(state)) this.resting.push(number);
    return number;
  }

  /** Looks at the states met last; they are numbered in the order in which they were met. */
  private brokenLaw(): Violation | undefined {
    const first = this.numbers.size - this.next.length;
    for (const [index, state] of this.next.entries()) {
      const law = invariants.find((invariant) => !invariant.holds(state));
      if (law !== undefined) return this.violation(law.name, first + index);
    }
    return undefined;
  }

  private stuck(): Violation | undefined {
    const reached = this.edges.reaching(this.numbers.size, this.resting);
    const lost = reached.indexOf(0);
    return lost < 0 ? undefined : this.violation(restName, lost);
  }

  private violation(law: string, number: number): Violation {
    const keys = [...this.numbers.keys()];
    const path: string[] = [];
    for (let at = number; at > 0; at = this.parents[at] ?? -1) path.unshift(keys[at] ?? "");
    return { law, trace: traceTo(this.question, path) };
  }
}

/** Explores everything that can be reached, breadth first, until a law is broken. */
export function explore(question: Question): Exploration {
  return new Search(question).run();
}
