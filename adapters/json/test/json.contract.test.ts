import { storageContract } from "@cutover/contract-tests";
import { open } from "./json.subject.fixture.ts";
import { open as openUnlocked } from "./json-unlocked.subject.fixture.ts";

storageContract({ name: "json", open, module: new URL("./json.subject.fixture.ts", import.meta.url) });
storageContract({
  name: "json without a lock",
  open: openUnlocked,
  module: new URL("./json-unlocked.subject.fixture.ts", import.meta.url),
});
