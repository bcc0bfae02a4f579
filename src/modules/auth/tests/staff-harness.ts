import type { UserActor } from '../../../platform/audit/index.js';
import type { OpenDatabase } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { authMigrations } from '../auth.migrations.js';
import type { Account, RoleName } from '../auth.port.js';
import { type Auth, codeOf, configOf, password, startAuth } from './auth-harness.js';

export interface Person {
  readonly id: string;
  readonly account: Account;
  /** As who they act. */
  readonly actor: UserActor;
}

/** Everything of auth on one database, and people who need no password. */
export async function startStaff(open: OpenDatabase) {
  const clock = new FakeClock();
  const db = await open({ migrations: authMigrations, clock });
  // Only what the staff does may end anything here.
  const accessToken = { ...configOf().accessToken, ttlSeconds: 86_400 * 365 };
  const session = { ...configOf().session, absoluteTtlSeconds: 86_400 * 365, idleTtlSeconds: 86_400 * 365 };
  const auth = await startAuth(db, clock, { accessToken, session });
  const secondInstance = () => startAuth(db, clock, { accessToken, session });
  const people = { clock, auth, person: personsOf(auth) };
  const signIn = async ({ id }: Person) => {
    const opened = await auth.sessions.open({ userId: id, address: undefined, refuse: () => undefined });
    return { token: opened.accessToken, sessionId: opened.session.id };
  };
  /** What a token may do, or the code of its refusal. */
  const powersOf = async (token: string, { authenticator }: Pick<Auth, 'authenticator'> = auth) => {
    const code = await codeOf(authenticator.authenticate(token));
    return code === 'nothing was raised' ? (await authenticator.authenticate(token)).permissions : code;
  };
  return { ...people, db, secondInstance, signIn, powersOf };
}

function personsOf({ accounts }: Auth) {
  let count = 0;
  return async (...roles: RoleName[]): Promise<Person> => {
    count += 1;
    const result = await accounts.create(
      { username: `person_${count}`, password, roles },
      { kind: 'system' },
    );
    if (!result.created) throw new Error(result.reason);
    const { account } = result;
    return { id: account.id, account, actor: { kind: 'user', userId: account.id } };
  };
}

/** The outcome of each: `done`, or the code of what it raised. */
export async function outcomesOf(works: readonly Promise<unknown>[]): Promise<string[]> {
  const codes = await Promise.all(works.map(codeOf));
  return codes.map((code) => (code === 'nothing was raised' ? 'done' : code));
}
