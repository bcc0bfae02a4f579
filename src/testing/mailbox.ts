import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readMail } from './read-mail.js';

/** The mails that a server wrote to files, as their recipients would read them. */
export class Mailbox {
  readonly #folder: string;

  constructor(dataFolder: string) {
    this.#folder = join(dataFolder, 'mail');
  }

  /** The texts of all mails to an address, oldest first. */
  async textsTo(address: string): Promise<string[]> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith('.eml')).sort();
    const mails = await Promise.all(names.map((name) => readFile(join(this.#folder, name), 'utf8')));
    return mails
      .map(readMail)
      .filter(({ headers }) => headers.to === address)
      .flatMap(({ parts }) => parts.map(({ text }) => text));
  }

  /** The token in the newest of at least `count` mails to an address, waited for as long as delivery may take. */
  async tokenTo(address: string, count = 1): Promise<string> {
    let texts: string[] = [];
    const arrived = async () => {
      texts = await this.textsTo(address);
      return texts.length;
    };
    await expect.poll(arrived, { timeout: 30_000, interval: 20 }).toBeGreaterThanOrEqual(count);
    const token = /#token=([\w-]+)/.exec(texts.at(-1) ?? '')?.[1];
    if (token === undefined) throw new Error(`the newest mail to ${address} has no link`);
    return token;
  }
}
