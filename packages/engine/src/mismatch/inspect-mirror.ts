import { UnitDrain } from "../drain/unit-drain.ts";
import { stages } from "../stage/stages.ts";
import { inDrainTurn, type TurnOptions } from "../unit/drain-turn.ts";
import type { Unit } from "../unit/unit.ts";
import type { VerifyPorts } from "../verify/verify-unit.ts";

/**
 * Looks whether somebody else has written to a unit's mirror, while nobody of us does: between the
 * look at the mirror and that at what was left there, a write of ours would pass for somebody else's.
 *
 * @returns the collections concerned
 * @throws StorageError LOCK_TIMEOUT when somebody else drains for too long; what the mirror throws
 */
export async function inspectMirror(
  ports: VerifyPorts,
  unit: Unit,
  options: TurnOptions,
): Promise<readonly string[]> {
  const { control, registry } = ports;
  return inDrainTurn(control, unit, options, async () => {
    const { stage } = registry.of(await registry.look(), unit).record;
    const { mirror } = stages[stage];
    return mirror === undefined ? [] : new UnitDrain(ports, unit).inspectMirror(mirror);
  });
}
