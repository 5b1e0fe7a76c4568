import { loadKind } from "../stores/load-kind.ts";
import { changed, modelEntries } from "../stores/models.ts";

/** What one of two processes with the same store tells, step by step. */
export type NeighbourReport =
  | { readonly step: "ready" | "changed" }
  /** The store does not open while the other process has it open. */
  | { readonly step: "refused" }
  | { readonly step: "looked"; readonly size: number | undefined }
  | { readonly step: "wrote"; readonly acknowledged: readonly string[]; readonly failed: number };

const [id = "", folder = "", writer = "", writes = "", newSize = ""] = process.argv.slice(2);
const entries = modelEntries(1 + 2 * Number(writes));
const [shared, ...others] = entries;
if (shared === undefined) throw new RangeError("there are no records");
const [sharedKey, sharedValue] = shared;
const own = others.filter((_, index) => index % 2 === Number(writer));

function tell(report: NeighbourReport): void {
  process.send?.(report);
}

const kind = await loadKind(id);
const store = await kind.open(folder).catch(() => undefined);
if (store === undefined) {
  tell({ step: "refused" });
  process.disconnect?.();
} else {
  const sizeNow = async (): Promise<number | undefined> => {
    const found: unknown = await store.get(sharedKey);
    const has = typeof found === "object" && found !== null && "size_bytes" in found;
    return has && typeof found.size_bytes === "number" ? found.size_bytes : undefined;
  };
  const write = async (): Promise<void> => {
    const acknowledged: string[] = [];
    for (const [at, [key, value]] of own.entries()) {
      try {
        await store.put(key, changed(value, at));
        acknowledged.push(key);
      } catch {
        // A write that fails is told to the caller: it is no loss.
      }
    }
    tell({ step: "wrote", acknowledged, failed: own.length - acknowledged.length });
  };
  const steps: Readonly<Record<string, () => Promise<void>>> = {
    change: async () => {
      await store.put(sharedKey, { ...sharedValue, size_bytes: Number(newSize) });
      tell({ step: "changed" });
    },
    look: async () => tell({ step: "looked", size: await sizeNow() }),
    write,
    end: async () => {
      await store.close();
      process.disconnect?.();
    },
  };
  process.on("message", (step) => void steps[String(step)]?.());
  await sizeNow();
  tell({ step: "ready" });
}
