import { Companion } from "./companion.ts";
import type { Order, Word } from "./examiner.fixture.ts";
import type { Scenario } from "./scenario.ts";

const program = new URL("./examiner.fixture.ts", import.meta.url);

/** What an examination came to that found no fault. */
export interface Examined {
  /** The failpoint that the victim wrote down before it died. */
  readonly hit: string;
  /** Records that a comparison had to find, and found. */
  readonly drifted: number;
}

/** This process's end of the process that prepares folders and examines what is left in them. */
export class Examiner {
  private readonly companion: Companion<Order, Word>;

  constructor(root: string, env: NodeJS.ProcessEnv) {
    this.companion = new Companion(program, env, [root]);
  }

  /** @returns a folder as the scenario begins with */
  async prepare(scenario: Scenario): Promise<string> {
    let folder = "";
    await this.companion.until(
      (word) => {
        if (word.says === "prepared") ({ folder } = word);
        return word.says === "prepared";
      },
      { do: "prepare", scenario },
    );
    return folder;
  }

  /** Rejects with what is wrong, or that it has ended. */
  async examine(scenario: Scenario, folder: string): Promise<Examined> {
    let examined: Examined = { hit: "", drifted: 0 };
    await this.companion.until(
      (word) => {
        if (word.says === "examined") examined = word;
        return word.says === "examined";
      },
      { do: "examine", scenario, folder },
    );
    return examined;
  }

  get isGone(): boolean {
    return this.companion.isGone;
  }

  kill(): Promise<void> {
    return this.companion.kill();
  }
}
