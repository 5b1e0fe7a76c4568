import type { Capabilities, ControlStore, Durability, StorageBackend } from "@cutover/core";
import type { Sides } from "./route.ts";

const durabilities: readonly Durability[] = ["none", "process-crash", "power-loss"];

function weaker(one: Durability, other: Durability): Durability {
  return durabilities[Math.min(durabilities.indexOf(one), durabilities.indexOf(other))] ?? "none";
}

/** What both stores can do, so that nothing is promised that a change of stage would take back. */
export function sharedCapabilities(
  stores: Sides<StorageBackend>,
  control: ControlStore,
): Capabilities {
  const one = stores.old.capabilities;
  const other = stores.new.capabilities;
  return {
    durability: weaker(one.durability, other.durability),
    multiProcess: one.multiProcess && other.multiProcess && control.multiProcess,
    backup: false,
    relevance: one.relevance && other.relevance,
  };
}
