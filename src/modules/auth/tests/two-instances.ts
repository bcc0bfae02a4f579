import { setImmediate as turn } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import type { Database } from '../../../platform/database/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import { type Auth, type AuthOptions, codeOf, login, metricOf, register, startAuth } from './auth-harness.js';

/** An instance that follows the changes of the others until its test ends. */
export async function startFollowing(db: Database, clock: Clock, options: AuthOptions = {}): Promise<Auth> {
  const auth = await startAuth(db, clock, options);
  onTestFinished(() => auth.tail.close());
  await auth.tail.initialize();
  await expect.poll(() => auth.tail.isFresh).toBe(true);
  return auth;
}

/** A user signed in at one instance and remembered by another. */
export async function signedInAtBoth(here: Auth, there: Auth, username?: string) {
  await register(here, username);
  const signedIn = await login(here, username);
  await there.authenticator.authenticate(signedIn.accessToken);
  await expectDecidedInMemory(there, signedIn.accessToken);
  return signedIn;
}

export const readsOf = async ({ metrics }: Auth) =>
  (await metricOf(metrics, 'auth_session_reads_total')).all ?? 0;

/** While the tail is fresh a token that passed once passes without a look into the database. */
export async function expectDecidedInMemory(auth: Auth, accessToken: string): Promise<void> {
  await expect
    .poll(async () => {
      const before = await readsOf(auth);
      await auth.authenticator.authenticate(accessToken);
      return (await readsOf(auth)) - before;
    })
    .toBe(0);
}

/** No call that begins a second after the commit passes; answers how the call that does not pass is refused. */
export async function refusalWithinASecond(auth: Auth, accessToken: string): Promise<string> {
  const committedMs = performance.now();
  for (;;) {
    const beganMs = performance.now();
    const code = await codeOf(auth.authenticator.authenticate(accessToken));
    if (code !== 'nothing was raised') return code;
    if (beganMs - committedMs > 1_000)
      return `allowed ${Math.round(beganMs - committedMs)} ms after the commit`;
    // What is decided in memory never waits, and would keep the process from hearing anything.
    await turn();
  }
}
