import { contractPart } from "./contract-part.ts";
import { poolSubject } from "./handed.subject.fixture.ts";

contractPart(poolSubject, { topics: ["writes", "update", "close", "backup"] });
