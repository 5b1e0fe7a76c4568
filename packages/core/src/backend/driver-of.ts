import { StorageError } from "../errors/storage-error.ts";
import type { StorageBackend } from "./storage-backend.ts";
import type { StorageDriver } from "./storage-driver.ts";

/** Where a backend keeps the driver it was made of. Shared by all copies of this package. */
export const driverKey: unique symbol = Symbol.for("cutover.driver");

/** A backend that can be taken apart. */
export interface DrivenBackend extends StorageBackend {
  readonly [driverKey]: StorageDriver;
}

function isDriven(backend: StorageBackend): backend is DrivenBackend {
  return driverKey in backend;
}

/**
 * The driver behind a backend, for those who route operations as data: a cutover. Using it goes
 * round the backend's checks of keys, values and transactions; collections must be known to the
 * backend before.
 *
 * @throws StorageError CONFIG_INVALID for a backend that was not made by `backendFrom`
 */
export function driverOf(backend: StorageBackend): StorageDriver {
  if (isDriven(backend)) return backend[driverKey];
  throw new StorageError(
    "CONFIG_INVALID",
    `the ${backend.kind} backend was not made by backendFrom(), so a cutover cannot route its operations`,
    { backend: backend.kind },
  );
}
