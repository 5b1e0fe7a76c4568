import { contractPart } from "./contract-part.ts";
import { subject } from "./shared-subset.subject.fixture.ts";

// What hangs on locks, signatures, search, indexes and sizes; everything with all proofs.
contractPart(subject, {
  topics: [
    "writes",
    "update",
    "transactions",
    "unique",
    "search",
    "info",
    "backup",
    "multi-process",
  ],
});
