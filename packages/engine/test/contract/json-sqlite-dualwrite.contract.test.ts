import { storageContract } from "@cutover/contract-tests";
import { shortForm, subjectAt } from "./subject.fixture.ts";

storageContract(subjectAt("json → sqlite", "dualwrite"), shortForm);
