import { storageContract } from "@cutover/contract-tests";
import { subjectAt } from "./subject.fixture.ts";

storageContract(subjectAt("json → sqlite", "live"));
