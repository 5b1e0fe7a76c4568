import { contractPart } from "./contract-part.ts";
import { kyselySubject } from "./handed.subject.fixture.ts";

contractPart(kyselySubject, {
  topics: ["writes", "update", "unique", "transactions", "aggregates", "search", "close", "backup"],
});
