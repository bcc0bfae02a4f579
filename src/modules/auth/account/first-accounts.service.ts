import { randomInt } from 'node:crypto';
import type { Accounts, FirstAccount, FirstAccounts, NewAccount } from '../auth.port.js';

/** Without the characters that people confuse when they copy from a screen: 0 O, 1 l I. */
const alphabet = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const generatedLength = 20;

/** About 116 bits; it holds a letter and a digit, as any password must. */
export function generatePassword(): string {
  for (;;) {
    const password = Array.from({ length: generatedLength }, () => alphabet[randomInt(alphabet.length)]).join(
      '',
    );
    if (/\d/.test(password) && /[A-Za-z]/.test(password)) return password;
  }
}

/** The accounts that an installation begins with. */
export class FirstAccountsService implements FirstAccounts {
  readonly #accounts: Accounts;
  readonly #adminPassword: string | undefined;

  constructor(accounts: Accounts, adminPassword: string | undefined) {
    this.#accounts = accounts;
    this.#adminPassword = adminPassword;
  }

  ensureAdmin(): Promise<FirstAccount | undefined> {
    return this.#ensure({ username: 'admin', roles: ['admin'] }, this.#adminPassword);
  }

  async seedDemo(): Promise<readonly FirstAccount[]> {
    const author = await this.#ensure({ username: 'demo_author', roles: ['author'] });
    const reader = await this.#ensure({ username: 'demo_reader' });
    return [author, reader].filter((account) => account !== undefined);
  }

  async #ensure(account: Omit<NewAccount, 'password'>, given?: string): Promise<FirstAccount | undefined> {
    const { username } = account;
    // Asked first, so that later starts neither hash nor mind a configured password.
    if (await this.#accounts.findByLogin(username)) return undefined;
    const password = given ?? generatePassword();
    const result = await this.#accounts.create({ ...account, password }, { kind: 'system' });
    if (result.created) return { username, ...(given === undefined && { generatedPassword: password }) };
    if (result.reason === 'username-taken') return undefined;
    throw new Error(
      `The first account "${username}" cannot be created (auth.adminPassword): ${result.detail.en}`,
    );
  }
}
