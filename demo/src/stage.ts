/** What the demo says, to a reader who has never seen the project. */
export interface Stage {
  /** Opens a chapter. */
  chapter(title: string): void;
  say(...lines: readonly string[]): void;
  /** A command as the reader would type it. */
  command(text: string): void;
}

/** Prints to standard output. */
export function printedStage(): Stage {
  let chapters = 0;
  return {
    chapter: (title) => {
      chapters++;
      console.log(`\n${chapters}. ${title}\n`);
    },
    say: (...lines) => {
      for (const line of lines) console.log(`   ${line}`);
    },
    command: (text) => console.log(`   $ ${text}`),
  };
}
