import { aggregateMutants } from "./aggregate-mutants.ts";
import { aliasMutants } from "./alias-mutants.ts";
import { backendMutants } from "./backend-mutants.ts";
import { expiryMutants } from "./expiry-mutants.ts";
import { filterMutants } from "./filter-mutants.ts";
import { keyMutants } from "./key-mutants.ts";
import { listingMutants } from "./listing-mutants.ts";
import type { Mutant } from "./mutant.ts";
import { pageMutants } from "./page-mutants.ts";
import { searchMutants } from "./search-mutants.ts";
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
  ...versionMutants,
  ...uniqueMutants,
  ...expiryMutants,
  ...filterMutants,
  ...listingMutants,
  ...pageMutants,
  ...aggregateMutants,
  ...searchMutants,
  ...transactionMutants,
  ...aliasMutants,
  ...backendMutants,
];
