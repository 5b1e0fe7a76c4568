import { setImmediate } from "node:timers/promises";
import { isStorageError, type StorageBackend } from "@cutover/core";
import { HistoryRecorder } from "../history-recorder.ts";
import {
  loadOperations,
  TakenBack,
  type LoadOperationName,
  type LoadTarget,
  type PreparedOperation,
} from "./load-operation.ts";
import type { LoadModule, LoadOptions } from "./load-options.ts";
import { LoadTally, type LoadReport } from "./load-report.ts";
import { Random } from "./random.ts";

/** A store that answers without a pause would keep the message that stops the load from ever coming in. */
const callsPerTurn = 16;

/** How a load that is running is told to stop, and tells how far it is. */
export interface LoadControl {
  readonly stopped?: AbortSignal;
  /** Called now and then with the number of calls that have ended. */
  readonly onProgress?: (calls: number) => void;
}

const isOperationName = (name: string): name is LoadOperationName =>
  Object.hasOwn(loadOperations, name);

/** Every name as often as its share says. */
function wheelOf({ shares = {} }: LoadOptions): readonly LoadOperationName[] {
  const names = Object.keys(loadOperations).filter(isOperationName);
  return names.flatMap((name) =>
    Array<LoadOperationName>(shares[name] ?? loadOperations[name].share).fill(name),
  );
}

/** Random calls on a store, each written down before it starts and after it ended. */
class Load {
  private readonly options: LoadOptions;
  private readonly module: LoadModule;
  private readonly backend: StorageBackend;
  private readonly recorder: HistoryRecorder;
  private readonly tally = new LoadTally();
  private readonly random: Random;
  private readonly wheel: readonly LoadOperationName[];
  private readonly keys: readonly string[];
  private left: number;
  private tags = 0;
  private calls = 0;

  constructor(options: LoadOptions, module: LoadModule, backend: StorageBackend) {
    this.options = options;
    this.module = module;
    this.backend = backend;
    this.recorder = new HistoryRecorder(options.historyFolder, options.process);
    this.random = new Random(options.seed);
    this.wheel = wheelOf(options);
    this.keys = Array.from({ length: options.keys ?? 40 }, (_, index) => `k${index}`);
    this.left = options.operations ?? Infinity;
  }

  async run(control: LoadControl): Promise<LoadReport> {
    const lanes = Array.from({ length: this.options.lanes ?? 1 }, () => this.lane(control));
    await Promise.all(lanes);
    this.recorder.close();
    return this.tally.report(this.options.process);
  }

  private async lane(control: LoadControl): Promise<void> {
    for (let calls = 1; this.left > 0 && control.stopped?.aborted !== true; calls++) {
      this.left--;
      const op = this.wheel[this.random.below(this.wheel.length)] ?? "get";
      await this.call(op, loadOperations[op].prepare(this.target()));
      this.calls++;
      if (calls % callsPerTurn > 0) continue;
      control.onProgress?.(this.calls);
      await setImmediate();
    }
  }

  private target(): LoadTarget {
    const { collections } = this.module;
    const definition = collections[this.random.below(collections.length)];
    if (definition === undefined) throw new Error(`${this.options.module} exports no collections`);
    const index = this.random.below(this.keys.length);
    const first = index - (index % 2);
    return {
      backend: this.backend,
      definitions: collections,
      definition,
      collection: this.backend.collection(definition),
      key: `k${index}`,
      pair: [`k${first}`, `k${first + 1}`],
      keys: this.keys,
      random: this.random,
      newTag: () => `${this.options.process}-${++this.tags}`,
    };
  }

  private async call(op: LoadOperationName, { intent, run }: PreparedOperation): Promise<void> {
    const id = this.recorder.invoke(op, intent);
    const startNs = process.hrtime.bigint();
    try {
      const steps = await run();
      this.recorder.ok(id, steps);
    } catch (error) {
      this.failed(id, error);
    }
    const durationMs = Number(process.hrtime.bigint() - startNs) / 1e6;
    this.tally.took({ op, startNs: String(startNs), durationMs });
  }

  private failed(id: number, error: unknown): void {
    if (error instanceof TakenBack) return this.recorder.fail(id, "TAKEN_BACK");
    const code = isStorageError(error) ? error.code : "UNEXPECTED";
    this.tally.failed(code, error);
    // All other codes promise that nothing was changed; what is no StorageError promises nothing.
    if (code === "COMMIT_UNKNOWN" || code === "UNEXPECTED") this.recorder.unknown(id, code);
    else this.recorder.fail(id, code);
  }
}

/** A load whose store is open. */
export interface OpenLoad {
  /** Runs until all operations are done or it is stopped, then closes the store. To be called once. */
  run(control?: LoadControl): Promise<LoadReport>;
}

/** Opens the store of a load, so that several processes can begin at one moment. */
export async function openLoad(options: LoadOptions): Promise<OpenLoad> {
  const module: LoadModule = await import(options.module);
  const backend = await module.open(options.argument);
  const load = new Load(options, module, backend);
  return {
    run: async (control = {}) => {
      const report = await load.run(control);
      await backend.close();
      return report;
    },
  };
}

/** Opens a store and runs a load on it in this process. */
export async function runLoad(options: LoadOptions, control?: LoadControl): Promise<LoadReport> {
  const load = await openLoad(options);
  return load.run(control);
}
