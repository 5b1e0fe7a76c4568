import { storageContract } from "@cutover/contract-tests";
import { databaseSubject } from "./handed.subject.fixture.ts";

storageContract(databaseSubject);
