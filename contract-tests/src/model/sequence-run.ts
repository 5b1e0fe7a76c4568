import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { CollectionDefinition, Page, StorageBackend } from "@cutover/core";
import type { ContractSubject } from "../subject.ts";
import type { CollectionCommand, Command } from "./command.ts";
import { spoil } from "./copy.ts";
import type { ModelSequence } from "./model-commands.ts";
import { modelStartMs } from "./model-moment.ts";
import { NaiveStore } from "./naive-store.ts";
import { type Outcome, outcomeOf, show, withSumsOf } from "./outcome.ts";
import { perform, type Performance, type Target } from "./perform.ts";

const reading: ReadonlySet<string> = new Set([
  "get",
  "has",
  "entry",
  "getMany",
  "find",
  "count",
  "aggregate",
  "search",
  "iterate",
  "info",
]);

function collectionCommands(command: Command): readonly CollectionCommand[] {
  switch (command.call) {
    case "transaction":
    case "together":
      return command.commands;
    case "walk":
      return command.between;
    case "iterate":
    case "clock":
    case "info":
    case "reopen":
      return [];
    default:
      return [command];
  }
}

interface Opened {
  readonly subject: ContractSubject;
  readonly location: string;
  backend: StorageBackend;
}

/** A subject answered otherwise than the model. */
export class Difference extends Error {
  override readonly name = "Difference";
  /** Number of the command, from 1. */
  readonly step: number;

  constructor(step: number, what: string) {
    super(`step ${step}: ${what}`);
    this.step = step;
  }
}

/** One sequence against the model and all subjects at once. */
export class SequenceRun {
  /** Commands carried out so far. */
  done = 0;
  private readonly sequence: ModelSequence;
  private readonly model = new NaiveStore(modelStartMs);
  private readonly opened: Opened[] = [];
  private readonly definitions: ReadonlyMap<string, CollectionDefinition>;
  private versions: ReadonlyMap<CollectionCommand, string> = new Map();

  constructor(sequence: ModelSequence) {
    this.sequence = sequence;
    this.definitions = new Map(sequence.definitions.map((one) => [one.name, one]));
  }

  /** Runs it in a folder of its own, which is gone afterwards. @throws {@link Difference} at the first difference */
  async run(subjects: readonly ContractSubject[], folder: string): Promise<void> {
    try {
      for (const [index, subject] of subjects.entries()) {
        const location = join(folder, String(index));
        await mkdir(location, { recursive: true });
        this.opened.push({ subject, location, backend: await this.open(subject, location) });
      }
      this.attach(this.model);
      for (const command of this.sequence.commands) {
        await this.step(command);
        this.done++;
      }
    } finally {
      await Promise.allSettled(this.opened.map(({ backend }) => backend.close()));
      await rm(folder, { recursive: true, force: true });
    }
  }

  private async open(subject: ContractSubject, location: string): Promise<StorageBackend> {
    const backend = await subject.open(location, {
      collections: this.sequence.definitions,
      clock: () => this.model.nowMs,
    });
    this.attach(backend);
    return backend;
  }

  private attach(target: Target): void {
    for (const definition of this.sequence.definitions) target.collection(definition);
  }

  private definition(name: string): CollectionDefinition {
    const definition = this.definitions.get(name);
    if (definition === undefined) throw new Error(`the sequence has no collection ${name}`);
    return definition;
  }

  private readonly performance: Performance = {
    definition: (name) => this.definition(name),
    version: (command) => this.versions.get(command),
    nowMs: () => this.model.nowMs,
  };

  private async step(command: Command): Promise<void> {
    await this.nameVersions(command);
    if (command.call === "clock") this.model.nowMs += command.byMs;
    else if (command.call === "reopen") await this.reopen();
    else if (command.call === "walk") await this.walk(command);
    else await this.compare(command);
    if (!reading.has(command.call)) await this.compareAll(command);
  }

  /** Asks the model before the step, since what it names must be the same for all. */
  private async nameVersions(command: Command): Promise<void> {
    const versions = new Map<CollectionCommand, string>();
    for (const one of collectionCommands(command)) {
      if (!("ifVersion" in one) || one.ifVersion === undefined) continue;
      const there = await this.model.versionAt(this.definition(one.on), one.key);
      versions.set(one, one.ifVersion === "right" && there !== undefined ? there : "x".repeat(22));
    }
    this.versions = versions;
  }

  private async compare(command: Command): Promise<void> {
    const expected = await outcomeOf(() => perform(this.model, command, this.performance));
    for (const { subject, backend } of this.opened) {
      const found = await outcomeOf(() => perform(backend, command, this.performance));
      this.check(
        subject,
        expected,
        command.call === "aggregate" ? aligned(expected, found) : found,
      );
      // What was handed out is the caller's: spoiling it must not reach the store.
      spoil("returned" in found ? found.returned : undefined);
    }
  }

  private check(subject: ContractSubject, expected: unknown, found: unknown): void {
    const [wanted, got] = [show(expected), show(found)];
    if (wanted === got) return;
    throw new Difference(
      this.done + 1,
      `${subject.name} answers\n  ${got}\nwhere the model answers\n  ${wanted}`,
    );
  }

  /** Compares every record of the collections that may have changed. */
  private async compareAll(command: Command): Promise<void> {
    const names = new Set(collectionCommands(command).map((one) => one.on));
    for (const definition of this.sequence.definitions) {
      if (names.size === 0 || names.has(definition.name))
        await this.compare({ call: "find", on: definition.name, query: {} });
    }
  }

  private async reopen(): Promise<void> {
    for (const opened of this.opened) {
      if (opened.backend.capabilities.durability === "none") continue;
      await opened.backend.close();
      opened.backend = await this.open(opened.subject, opened.location);
    }
    await this.compare({ call: "info" });
  }

  /** Walks page by page; each page is read with the cursor of another adapter's last one. */
  private async walk({
    on,
    query,
    size,
    between,
  }: Command & { readonly call: "walk" }): Promise<void> {
    const definition = this.definition(on);
    const page = (target: Target, cursor: string | undefined): Promise<Page> =>
      target
        .collection(definition)
        .page({ ...query, limit: size, ...(cursor === undefined ? {} : { cursor }) });
    let expected = await page(this.model, undefined);
    let found = await Promise.all(this.opened.map(({ backend }) => page(backend, undefined)));
    for (let turn = 0; ; turn++) {
      for (const [index, { subject }] of this.opened.entries())
        this.check(subject, comparable(expected), comparable(found[index]));
      const { next } = expected;
      if (next === undefined) return;
      const write = between[turn];
      if (write !== undefined) await this.compare(write);
      expected = await page(this.model, next);
      const cursors = found.map((one) => one.next);
      found = await Promise.all(
        this.opened.map(({ backend }, index) =>
          page(backend, cursors[(index + 1) % cursors.length]),
        ),
      );
    }
  }
}

const comparable = (page: Page | undefined): unknown => ({
  entries: page?.entries,
  last: page?.next === undefined,
});

function aligned(expected: Outcome, found: Outcome): Outcome {
  if (!("returned" in expected) || !("returned" in found)) return found;
  return { returned: withSumsOf(expected.returned, found.returned) };
}
