import { readdirSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import type { StorageBackend } from "@cutover/core";
import { counters, ledger } from "../kill-loop/counters.ts";
import type { Subject } from "../subject.ts";
import { before, type Call, type Content, ledgerKeys } from "./calls.ts";
import type { Outcome, Sweepable } from "./sweep.ts";

/** Names of files that are there only while somebody writes. */
const passing = /\.tmp$|\.conflict-|-journal$|\/lock$/;

/** A store that is open twice: who makes calls and gives them up, and who looks and goes on. */
export class CallScene implements Sweepable {
  readonly #folder: string;
  readonly #call: Call;
  readonly #acting: StorageBackend;
  readonly #other: StorageBackend;
  readonly #begin: ((call: () => Promise<unknown>) => Promise<unknown>) | undefined;

  private constructor(options: CallSceneOptions, stores: Opened) {
    this.#folder = options.folder;
    this.#call = options.call;
    this.#begin = options.begin;
    this.#acting = stores.acting;
    this.#other = stores.other;
  }

  static async open(options: CallSceneOptions): Promise<CallScene> {
    const { subject, weaken = (whole) => whole } = options;
    const other = await subject.open();
    await other.collection(ledger).replaceAll(ledgerKeys.map((key) => [key, { n: 1 }] as const));
    return new CallScene(options, { acting: weaken(await subject.open()), other });
  }

  call(signal: AbortSignal): Promise<unknown> {
    const call = (): Promise<unknown> => this.#call.act(this.#acting, { signal });
    return this.#begin === undefined ? call() : this.#begin(call);
  }

  /** The other one writes: it succeeds only if no lock was left behind. */
  async prepare(): Promise<void> {
    const records = Object.entries(before.counters).map(([key, n]) => [key, { n }] as const);
    await this.#other.collection(counters).replaceAll(records);
    await this.#other.collection(ledger).put("x", { n: before.x });
  }

  async judge(outcome: Outcome): Promise<string[]> {
    const { after, answer } = this.#call;
    const expected = outcome.isDone ? after : before;
    const problems = outcome.isDone ? wrongAnswer(outcome.value, answer) : [];
    for (const backend of [this.#other, this.#acting]) {
      const found = await contentOf(backend);
      if (isDeepStrictEqual(found, expected)) continue;
      const said = outcome.isDone ? "done" : "given up";
      problems.push(`it says that it is ${said}, and there is ${JSON.stringify(found)}`);
    }
    return problems;
  }

  /** @returns what is there that should not be, once nobody has the store open any more */
  async close(): Promise<string[]> {
    await this.#acting.close();
    await this.#other.close();
    const left = readdirSync(this.#folder, { recursive: true, encoding: "utf8" });
    return left.filter((name) => passing.test(name)).map((name) => `${name} was left behind`);
  }
}

/** What is called, and where. */
export interface CallSceneOptions {
  readonly subject: Subject;
  readonly folder: string;
  readonly call: Call;
  /** Makes the store that is called worse, to see whether that is noticed. */
  readonly weaken?: ((whole: StorageBackend) => StorageBackend) | undefined;
  /** Makes the call at a moment of its own choice. Default: at once. */
  readonly begin?: ((call: () => Promise<unknown>) => Promise<unknown>) | undefined;
}

interface Opened {
  readonly acting: StorageBackend;
  readonly other: StorageBackend;
}

function wrongAnswer(value: unknown, answer: unknown): string[] {
  if (answer === undefined || isDeepStrictEqual(value, answer)) return [];
  return [`it answers ${JSON.stringify(value)}`];
}

async function contentOf(backend: StorageBackend): Promise<Content> {
  const entries = await backend.collection(counters).find();
  const x = (await backend.collection(ledger).get("x"))?.n ?? 0;
  return { counters: Object.fromEntries(entries.map(({ key, value }) => [key, value.n])), x };
}
