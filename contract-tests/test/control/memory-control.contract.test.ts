import { memoryControl } from "@cutover/core";
import { controlContract } from "@cutover/contract-tests/control";

controlContract({ name: "memory", make: (_location, options) => memoryControl(options) });
