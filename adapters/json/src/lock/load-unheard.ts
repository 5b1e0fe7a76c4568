import { constants } from "node:os";

/** Signals that hardly any application listens to, and signal-exit does. */
const unwanted: readonly NodeJS.Signals[] = ["SIGALRM", "SIGABRT"];

/**
 * Loads a module and takes back what it adds to the listeners of every signal. proper-lockfile
 * brings signal-exit along, which ends the process as soon as nobody else listens to a signal any
 * more: an application that listens `once` would be killed while it closes its storage. Locks of a
 * process that ended are taken over all the same; what is done at a normal exit is still done.
 */
export async function loadUnheard<T>(load: () => Promise<T>): Promise<T> {
  const before = new Set<unknown>(signals().flatMap((signal) => process.listeners(signal)));
  const loaded = await load();
  const added = (signal: NodeJS.Signals): NodeJS.SignalsListener[] =>
    process.listeners(signal).filter((listener) => !before.has(listener));
  // An application may have begun to listen meanwhile: only what hears everything is taken back.
  const texts = new Set(unwanted.flatMap(added).map(String));
  for (const signal of signals()) {
    for (const listener of added(signal)) {
      if (texts.has(String(listener))) process.removeListener(signal, listener);
    }
  }
  return loaded;
}

function signals(): NodeJS.Signals[] {
  const known: Partial<Record<NodeJS.Signals, number>> = constants.signals;
  return Object.keys(known).filter((name): name is NodeJS.Signals => name in known);
}
