import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("app.fixture.ts", import.meta.url));

/** Where an application process opens its storage. */
export interface AppPlace {
  readonly folder: string;
  readonly config: string;
  /** Its keys begin with it. */
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Told {
  readonly acknowledged: number;
  readonly refused?: string;
}

/** A process of an application that writes for as long as it may. */
export class App {
  acknowledged = 0;
  /** With what one of its calls was refused. */
  refused: string | undefined;
  readonly name: string;
  private readonly child: ChildProcess;
  private readonly exit: Promise<unknown>;

  constructor({ folder, config, name, env }: AppPlace) {
    this.name = name;
    this.child = fork(program, [folder, config, name], {
      execArgv: ["--conditions=@cutover/source"],
      env: { ...process.env, ...env },
    });
    this.exit = once(this.child, "exit");
    this.child.on("message", ({ acknowledged, refused }: Told) => {
      this.acknowledged = acknowledged;
      this.refused = refused ?? this.refused;
    });
  }

  /** Resolves once so many records more were acknowledged. @throws when it ends before */
  async writes(more: number): Promise<void> {
    const wanted = this.acknowledged + more;
    while (this.acknowledged < wanted) {
      const next = once(this.child, "message");
      if ((await Promise.race([next, this.exit.then(() => "dead")])) === "dead")
        throw new Error(`${this.name} ended: ${this.refused ?? "crashed"}`);
    }
  }

  /** Waits until it has ended by itself. @returns what it was refused with */
  async ended(): Promise<string | undefined> {
    await this.exit;
    return this.refused;
  }

  /** Tells it to end. @returns its exit code */
  async end(): Promise<number | null> {
    // It may be ending by itself at this moment.
    if (this.child.connected) this.child.send("end", () => undefined);
    await this.exit;
    return this.child.exitCode;
  }
}
