import type { Caller, SecondFactorState } from '../../../platform/http/index.js';
import { AuthenticatorApp } from '../../../testing/authenticator-app.js';
import type { FakeClock } from '../../../testing/fake-clock.js';
import { type Auth, password } from './auth-harness.js';

let users = 0;

export interface Person {
  readonly userId: string;
  readonly username: string;
  readonly sessionId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Somebody with an account and a session, of a database that many tests share. */
export async function newPerson(auth: Auth): Promise<Person> {
  users += 1;
  const username = `person_${users}`;
  await auth.accounts.register({ username, password });
  const { account, session, accessToken, refreshToken } = await signIn(auth, username);
  return { userId: account.id, username, sessionId: session.id, accessToken, refreshToken };
}

export function signIn(auth: Auth, login: string, totp?: string, as = password) {
  return auth.signIn.login({ login, password: as, address: '203.0.113.7', totp });
}

export function callerAs(person: Person, secondFactor: SecondFactorState): Caller {
  const { userId, sessionId } = person;
  return { userId, sessionId, roles: ['reader'], permissions: [], secondFactor };
}

/** Somebody whose second factor is on; the clock stands at a step whose code was not used. */
export async function newPersonWithTotp(auth: Auth, clock: FakeClock) {
  const person = await newPerson(auth);
  const pending = await auth.secondFactor.setUp(callerAs(person, 'off'), password);
  const app = new AuthenticatorApp(pending.secret, clock);
  const recoveryCodes = await auth.secondFactor.enable(person.userId, app.code());
  clock.advance(30_000);
  return { ...person, app, recoveryCodes, secret: pending.secret };
}
