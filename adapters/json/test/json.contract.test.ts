import { storageContract } from "@cutover/contract-tests";
import { restoreJson } from "@cutover/json";
import { open } from "./json.subject.fixture.ts";
import { open as openUnlocked } from "./json-unlocked.subject.fixture.ts";

const restore = async (from: string, to: string): Promise<void> => {
  await restoreJson({ from, to });
};

storageContract({
  name: "json",
  open,
  module: new URL("./json.subject.fixture.ts", import.meta.url),
  restore,
});
// What counts by the thousand, with a fifth of it.
storageContract(
  {
    name: "json without a lock",
    open: openUnlocked,
    module: new URL("./json-unlocked.subject.fixture.ts", import.meta.url),
    restore,
  },
  { scale: 0.2 },
);
