import { contractPart } from "./contract-part.ts";
import { subsetPoolSubject } from "./handed.subject.fixture.ts";

// What hangs on locks, signatures and connections; everything with all proofs.
contractPart(subsetPoolSubject, {
  topics: ["writes", "update", "transactions", "unique", "close", "backup"],
});
