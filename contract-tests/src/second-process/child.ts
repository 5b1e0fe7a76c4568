import { rebuildDefinition } from "@cutover/core";
import type { OpenSubject } from "../subject.ts";
import type { OpenMessage, Reply, TaskMessage } from "./messages.ts";
import { TaskRunner } from "./tasks.ts";
import { trusted } from "../proof/trusted.ts";

let runner: TaskRunner | undefined;

function reply(message: Reply): void {
  process.send?.(message);
}

async function open({ module, location, lockTimeoutMs, collections }: OpenMessage): Promise<void> {
  const definitions = collections.map(rebuildDefinition);
  const subject = trusted<{ readonly open: OpenSubject }>(await import(module));
  const backend = await subject.open(location, {
    collections: definitions,
    ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }),
  });
  runner = new TaskRunner(backend, definitions);
}

async function answer(message: OpenMessage | TaskMessage): Promise<void> {
  const id = "id" in message ? message.id : 0;
  try {
    if (!("id" in message)) reply({ id, result: await open(message) });
    else reply({ id, result: await runner?.run(message.task, message.args) });
  } catch (error) {
    reply({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
  // A closed store must let the process end by itself.
  if ("task" in message && message.task === "close") process.disconnect();
}

process.on("message", (message) => void answer(trusted(message)));
process.on("disconnect", () => {
  if (runner?.closed !== true) process.exit(0);
});
