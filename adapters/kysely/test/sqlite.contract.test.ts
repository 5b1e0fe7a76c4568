import { storageContract } from "@cutover/contract-tests";
import { subject } from "./sqlite.subject.fixture.ts";

storageContract(subject);
