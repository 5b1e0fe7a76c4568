import { contractPart } from "./contract-part.ts";
import { subject } from "./postgres.subject.fixture.ts";

const name = "postgres, a database that sorts by the rules of a language";

contractPart(
  { ...subject, name },
  {
    topics: ["keys", "order", "queries", "sorting", "pages", "unique", "search"],
    database: { order: "language" },
  },
);
