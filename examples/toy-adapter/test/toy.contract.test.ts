import { storageContract } from "@cutover/contract-tests";
import { open } from "./toy.subject.fixture.ts";

storageContract({
  name: "toy",
  open,
  module: new URL("./toy.subject.fixture.ts", import.meta.url),
});
