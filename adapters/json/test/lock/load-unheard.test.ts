import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { loadUnheard } from "../../src/lock/load-unheard.ts";
import { tempFolder } from "../store/temp-folder.ts";

const own = (): void => {};

it.skipIf(process.platform === "win32")(
  "a process that listens to SIGTERM once ends as it likes, not at once",
  async () => {
    const program = fileURLToPath(new URL("./signal-with-lock.fixture.ts", import.meta.url));
    const args = ["--conditions=@cutover/source", program, `${tempFolder()}/lock`];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    let said = "";
    child.stdout.on("data", (piece: Buffer) => {
      if (said === "") child.kill("SIGTERM");
      said += piece.toString();
    });
    await once(child, "close");
    expect([said, child.exitCode, child.signalCode]).toEqual(["held\nreleased\n", 0, null]);
  },
);

it("what an application listens to while the module is loaded, it goes on listening to", async () => {
  const foreign = ["SIGALRM", "SIGUSR2"].map(() => () => void "everything");
  const signals = ["SIGALRM", "SIGUSR2"] as const;
  onTestFinished(() => void process.removeListener("SIGUSR2", own));
  await loadUnheard(async () => {
    for (const [index, signal] of signals.entries()) process.on(signal, foreign[index] ?? own);
    process.on("SIGUSR2", own);
  });
  expect(process.listeners("SIGALRM")).not.toContain(foreign[0]);
  expect(process.listeners("SIGUSR2")).not.toContain(foreign[1]);
  expect(process.listeners("SIGUSR2")).toContain(own);
});
