import { contractPart } from "./contract-part.ts";
import { subsetKyselySubject } from "./handed.subject.fixture.ts";

// A statement a message, so what has to fail inside a transaction fails elsewhere than on a pool.
contractPart(subsetKyselySubject, {
  topics: ["writes", "update", "transactions", "unique", "search", "info", "close", "backup"],
});
