import { drainLock, UnitDrain } from "../drain/unit-drain.ts";
import { forgetStamp } from "../drain/mirror-stamp.ts";
import { stages } from "../stage/stages.ts";
import type { Unit } from "../unit/unit.ts";
import { verifyUnit } from "../verify/verify-unit.ts";
import { mismatchesOf, writeMismatch } from "./mismatch-book.ts";
import { repairUnit, type RepairOptions, type RepairPorts, type RepairReport } from "./repair.ts";

/**
 * As `repairUnit`, also where somebody else has written to the mirror as a whole, such as to a
 * file with an editor. With `discard` the mirror's collection is made equal to the authority's;
 * with `adopt` what differs, and was not written through this library since, is taken over.
 * Without a decision such collections are left as they are.
 *
 * @throws what `repairUnit` and `verifyUnit` throw
 */
export async function repairWithBypassed(
  ports: RepairPorts,
  unit: Unit,
  options: RepairOptions = {},
): Promise<RepairReport> {
  const { registry } = ports;
  const { record } = registry.of(await registry.look(), unit);
  const { mirror } = stages[record.stage];
  const { discard = false, adopt = false, dryRun = false } = options;
  if (mirror === undefined || dryRun || (!discard && !adopt))
    return repairUnit(ports, unit, options);
  const bypassed = await new UnitDrain(ports, unit).inspectMirror(mirror);
  if (adopt && bypassed.length > 0) await findBypassed(ports, unit, { bypassed, options });
  else if (bypassed.length > 0) await markWhole(ports, unit, bypassed);
  for (const collection of bypassed)
    await forgetStamp({ control: ports.control, unit: unit.name }, collection);
  await drainNow(ports, unit, options);
  return repairUnit(ports, unit, options);
}

/** Everything of the collections is to be compared, and made equal at the mirror. */
async function markWhole(
  { control }: RepairPorts,
  { name }: Unit,
  collections: readonly string[],
): Promise<void> {
  const marks = collections.map((collection) => ({ collection, key: undefined, moved: false }));
  await control.markSettled(name, marks);
}

/** Every record that differs in the collections becomes one that somebody else wrote. */
async function findBypassed(
  ports: RepairPorts,
  unit: Unit,
  found: { readonly bypassed: readonly string[]; readonly options: RepairOptions },
): Promise<void> {
  const { signal, actor } = found.options;
  await verifyUnit(ports, unit, { signal, ...(actor === undefined ? {} : { actor }) });
  for (const mismatch of await mismatchesOf(ports.control, unit.name)) {
    if (mismatch.key === undefined || !found.bypassed.includes(mismatch.collection)) continue;
    await writeMismatch(ports.control, { ...mismatch, kind: "bypassed" });
  }
}

async function drainNow(ports: RepairPorts, unit: Unit, options: RepairOptions): Promise<void> {
  const { timeoutMs = 30_000, signal } = options;
  const lock = await ports.control.lock(drainLock(unit.name), "exclusive", { timeoutMs, signal });
  try {
    const { registry } = ports;
    const { record } = registry.of(await registry.look(), unit);
    const { mirror } = stages[record.stage];
    if (mirror === undefined) return;
    const drain = new UnitDrain(ports, unit);
    while ((await drain.round({ mirror, reconciles: true, signal })).cleared > 0);
  } finally {
    lock.release();
  }
}
