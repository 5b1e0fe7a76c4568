import { abortMutants } from "./abort-mutants.ts";
import { aggregateMutants } from "./aggregate-mutants.ts";
import { aliasMutants } from "./alias-mutants.ts";
import { backupMutants } from "./backup-mutants.ts";
import { batchMutants } from "./batch-mutants.ts";
import { changeMutants } from "./change-mutants.ts";
import { closingMutants } from "./closing-mutants.ts";
import { errorMutants } from "./error-mutants.ts";
import { expiryMutants } from "./expiry-mutants.ts";
import { filterMutants } from "./filter-mutants.ts";
import { isolationMutants } from "./isolation-mutants.ts";
import { keyMutants } from "./key-mutants.ts";
import { lastingMutants } from "./lasting-mutants.ts";
import { listingMutants } from "./listing-mutants.ts";
import type { Mutant } from "./mutant.ts";
import { pageMutants } from "./page-mutants.ts";
import { placeMutants } from "./place-mutants.ts";
import { reportMutants } from "./report-mutants.ts";
import { schemaMutants } from "./schema-mutants.ts";
import { searchMutants } from "./search-mutants.ts";
import { sharedMutants } from "./shared-mutants.ts";
import { transactionMutants } from "./transaction-mutants.ts";
import { uniqueMutants } from "./unique-mutants.ts";
import { valueMutants } from "./value-mutants.ts";
import { versionMutants } from "./version-mutants.ts";
import { writeMutants } from "./write-mutants.ts";

/** Every deliberate fault the contract must find. */
export const mutants: readonly Mutant[] = [
  ...keyMutants,
  ...valueMutants,
  ...writeMutants,
  ...changeMutants,
  ...batchMutants,
  ...placeMutants,
  ...versionMutants,
  ...uniqueMutants,
  ...expiryMutants,
  ...filterMutants,
  ...listingMutants,
  ...pageMutants,
  ...aggregateMutants,
  ...searchMutants,
  ...transactionMutants,
  ...isolationMutants,
  ...aliasMutants,
  ...abortMutants,
  ...errorMutants,
  ...closingMutants,
  ...reportMutants,
  ...backupMutants,
  ...lastingMutants,
  ...sharedMutants,
  ...schemaMutants,
];
