import { storageContract } from "@cutover/contract-tests";
import { kyselySubject } from "./handed.subject.fixture.ts";

storageContract(kyselySubject);
