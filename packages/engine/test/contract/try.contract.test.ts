import { storageContract } from "@cutover/contract-tests";
import { openAt } from "./pairs.ts";
import type { Stage } from "@cutover/engine";

const stage = (process.env["STAGE"] ?? "dualwrite") as Stage;
storageContract({ name: `json → sqlite at ${stage}`, open: openAt("json → sqlite", stage), module: new URL(`./json-to-sqlite-${stage}.subject.fixture.ts`, import.meta.url) });
