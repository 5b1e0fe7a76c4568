import { contractPart } from "./contract-part.ts";
import { subject } from "./rows-and-functions.subject.fixture.ts";

// What hangs on who waits for whom, and on what functions are made for; everything with all proofs.
contractPart(subject, { topics: ["writes", "update", "transactions", "unique", "search"] });
