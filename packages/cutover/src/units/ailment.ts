import { isStorageError } from "@cutover/core";

/** Something that is not as it should be. */
export interface Ailment {
  /** `broken`: nothing goes on before it is mended. `odd`: worth a look. */
  readonly weight: "broken" | "odd";
  readonly code: string;
  readonly message: string;
  /** The verb that mends it, with its options but without the folder. */
  readonly remedy: string | undefined;
}

/** Something that nothing goes on before. @param remedy - the verb that mends it */
export const broken = (code: string, message: string, remedy?: string): Ailment => ({
  weight: "broken",
  code,
  message,
  remedy,
});

/** Something worth a look. @param remedy - the verb that mends it */
export const odd = (code: string, message: string, remedy?: string): Ailment => ({
  weight: "odd",
  code,
  message,
  remedy,
});

/** What an error says of it; `code` where it says no more than that it is refused. */
export function told(error: unknown, code: string, remedy?: string): Ailment {
  if (!isStorageError(error)) throw error;
  return broken(error.code === "STAGE_REFUSED" ? code : error.code, error.message, remedy);
}
