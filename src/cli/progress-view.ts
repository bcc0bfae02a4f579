import type { CommandProgress } from '../platform/commands/index.js';

export interface TextOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

const barWidth = 30;
const clearLine = '\r\u001b[K';

/** Progress on stderr: a bar that redraws itself on a terminal, a line for each tenth elsewhere. */
export class ProgressView {
  readonly #output: TextOutput;
  #drawn = false;
  #lastLine = '';

  constructor(output: TextOutput) {
    this.#output = output;
  }

  show({ label, done, total }: CommandProgress): void {
    const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
    const text = printable(label);
    if (this.#output.isTTY) {
      const filled = Math.round(share * barWidth);
      const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
      this.#output.write(`${clearLine}${bar} ${percent(share)} ${text} ${done}/${total}`);
      this.#drawn = true;
      return;
    }
    const line = `${percent(Math.floor(share * 10) / 10)} ${text}`;
    if (line !== this.#lastLine) this.#output.write(`${line}\n`);
    this.#lastLine = line;
  }

  /** Leaves the terminal on an empty line. */
  end(): void {
    if (this.#drawn) this.#output.write(clearLine);
    this.#drawn = false;
  }
}

function percent(share: number): string {
  return `${Math.floor(share * 100)}`.padStart(3).concat(' %');
}

/** A label may hold a title out of somebody's file, which must not steer the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, ' ');
}
