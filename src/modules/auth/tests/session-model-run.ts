import fc from 'fast-check';
import { expect } from 'vitest';
import { type Database, tables } from '../../../platform/database/index.js';
import type { FakeClock } from '../../../testing/fake-clock.js';
import type { AuthConfig } from '../auth.config.js';
import type { AuthTables } from '../auth.tables.js';
import type { EndReason } from '../session/session.domain.js';
import { type Auth, configOf } from './auth-harness.js';
import { newUserId, openSession, startSessions } from './session-harness.js';
import { type ModelSession, SessionModel } from './session-model.js';

const dayMs = 86_400_000;
const devices = ['phone', 'pad', undefined, undefined] as const;
/** Mostly around the grace: days end everything. */
const shortWaits = [1, 4_000, 9_999, 10_000, 60_000];
const longWaits = [dayMs, 3 * dayMs, 7 * dayMs - 1, 7 * dayMs];

/** Numbers pick among what there is, modulo its count; `at` is the instance that is asked. */
const at = fc.nat(1);
const pick = fc.nat(1000);
const stepOf = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('sign-in'), at, pick, choose: fc.nat(5) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('refresh-newest'), at, pick }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('replay'),
      at,
      pick,
      age: fc.constantFrom(1, 1, 2),
      twice: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refresh-any'), at, pick, twice: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sign-out'), at, pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sign-out-all'), at, pick, except: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('ban', ...Array(5).fill('unban'), 'change-password'), at }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sweep'), at }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.constantFrom(...shortWaits) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.constantFrom(...longWaits) }) },
);

type Step = {
  readonly do: string;
  readonly at?: number;
  readonly pick?: number;
  /** 0: a session is chosen to give way. */
  readonly choose?: number;
  readonly age?: number;
  readonly twice?: boolean;
  readonly except?: boolean;
  readonly ms?: number;
};

interface IssuedToken {
  readonly session: ModelSession;
  readonly generation: number;
  readonly refreshToken: string;
}

interface ModelRunParts {
  readonly db: Database;
  readonly clock: FakeClock;
  readonly instances: readonly Auth[];
  readonly userId: string;
}

/** One user, two instances and the model beside them. */
class ModelRun {
  readonly #model: SessionModel;
  readonly #parts: ModelRunParts;
  readonly #issued: IssuedToken[] = [];

  constructor(parts: ModelRunParts, rules: AuthConfig['session']) {
    this.#parts = parts;
    this.#model = new SessionModel(rules);
  }

  get #now(): number {
    return this.#parts.clock.now().getTime();
  }

  async take(step: Step): Promise<void> {
    const auth = this.#parts.instances[step.at ?? 0] as Auth;
    const number = step.pick ?? 0;
    switch (step.do) {
      case 'wait':
        return this.#parts.clock.advance(step.ms ?? 0);
      case 'sign-in':
        return this.#signIn(auth, number, step.choose === 0);
      case 'refresh-newest':
        return this.#refresh([auth], this.#tokenOf(number, 0));
      case 'replay':
        return this.#refresh(
          step.twice ? this.#parts.instances : [auth],
          this.#tokenOf(number, step.age ?? 1),
        );
      case 'refresh-any': {
        const token = this.#issued[number % this.#issued.length];
        return this.#refresh(step.twice ? this.#parts.instances : [auth], token);
      }
      case 'sign-out':
        return this.#signOut(auth, number);
      case 'sign-out-all':
        return this.#signOutAll(auth, number, step.except ?? false);
      case 'sweep':
        return auth.jobs[0]?.run({ dueAt: this.#parts.clock.now(), signal: new AbortController().signal });
      default:
        return this.#act(auth, step.do);
    }
  }

  /** Everything that anybody could ask about the sessions, on each instance. */
  async compare(): Promise<void> {
    for (const { sessions } of this.#parts.instances) {
      const live = (await sessions.list(this.#parts.userId, 100, undefined)).map(({ id }) => id);
      expect(live.sort()).toEqual(
        this.#model
          .live(this.#now)
          .map(({ id }) => id)
          .sort(),
      );
      for (const session of this.#model.sessions) {
        const told = await sessions.describe(session.id).then(() => 'ok', codeOfError);
        expect(told).toBe(this.#model.outcomeOf(session, this.#now));
      }
    }
  }

  /** One of the tokens so many generations old, of sessions that live if there are any. */
  #tokenOf(number: number, age: number): IssuedToken | undefined {
    const live = this.#model.live(this.#now);
    const old = this.#issued.filter(({ session, generation }) => session.generation - generation === age);
    const ofLive = old.filter(({ session }) => live.includes(session));
    const tokens = ofLive.length > 0 ? ofLive : old;
    return tokens[number % tokens.length];
  }

  async #signIn(auth: Auth, number: number, choose: boolean): Promise<void> {
    const device = devices[number % devices.length];
    const { sessions } = this.#model;
    const chosen = choose ? sessions[number % Math.max(1, sessions.length)]?.id : undefined;
    const expected = this.#model.signIn(device, chosen, this.#now);
    const answer = await openSession(
      auth,
      this.#parts.userId,
      device ? { id: device } : undefined,
      chosen,
    ).catch(codeOfError);
    if (typeof answer === 'string') return expect(answer).toBe(expected);
    expect('ok').toBe(expected);
    this.#model.opened(answer.session.id, device, this.#now);
    const session = sessions.at(-1) as ModelSession;
    this.#issued.push({ session, generation: 0, refreshToken: answer.refreshToken });
  }

  async #refresh(auths: readonly Auth[], token: IssuedToken | undefined): Promise<void> {
    if (!token) return;
    const { session, generation } = token;
    const expected = this.#model.refresh(session, generation, this.#now);
    const answers = await Promise.all(
      auths.map((auth) => auth.sessions.refresh(token.refreshToken).catch(codeOfError)),
    );
    for (const answer of answers) {
      if (typeof answer === 'string') expect(answer).toBe(expected);
      else await this.#checkIssued(answer, session, expected);
    }
  }

  async #checkIssued(
    { accessToken, refreshToken, session: answered }: Awaited<ReturnType<Auth['sessions']['refresh']>>,
    session: ModelSession,
    generation: number | string,
  ): Promise<void> {
    expect([answered.id, answered.generation]).toEqual([session.id, generation]);
    const same = this.#issued.find((one) => one.session === session && one.generation === generation);
    if (same) expect(refreshToken).toBe(same.refreshToken);
    else this.#issued.push({ session, generation: answered.generation, refreshToken });
    const { ttlSeconds } = configOf().accessToken;
    for (const { tokens } of this.#parts.instances) {
      expect(await tokens.verify(accessToken)).toMatchObject({
        ...{ userId: this.#parts.userId, sessionId: session.id },
        validUntilSeconds: Math.floor(this.#now / 1000) + ttlSeconds,
      });
    }
  }

  async #signOut(auth: Auth, number: number): Promise<void> {
    const { sessions } = this.#model;
    const session = sessions[number % Math.max(1, sessions.length)];
    if (!session) return;
    const expected = this.#model.end([session], 'logout', this.#now) === 1;
    expect(await auth.sessions.end(this.#parts.userId, session.id)).toBe(expected);
  }

  async #signOutAll(auth: Auth, number: number, exceptCurrent: boolean): Promise<void> {
    const live = this.#model.live(this.#now);
    const current = live[number % Math.max(1, live.length)];
    if (!current) return;
    const ending = live.filter((session) => !exceptCurrent || session !== current);
    const expected = this.#model.end(ending, 'logout-all', this.#now);
    expect(await auth.sessions.endAll(this.#parts.userId, current.id, { exceptCurrent })).toBe(expected);
  }

  /** What the staff and the other parts of the account do, with what they have to do about sessions. */
  async #act(auth: Auth, act: string): Promise<void> {
    const reason: EndReason | undefined = ({ ban: 'banned', 'change-password': 'password-changed' } as const)[
      act
    ];
    if (act !== 'change-password') this.#model.banned = act === 'ban';
    const expected = reason ? this.#model.end(this.#model.sessions, reason, this.#now) : 0;
    const ended = await this.#parts.db.withTransaction({ name: 'act' }, async (tx) => {
      const status = this.#model.banned ? 'banned' : 'active';
      await tables<AuthTables>(tx)
        .updateTable('users')
        .set({ status })
        .where('id', '=', this.#parts.userId)
        .execute();
      return reason ? auth.ends.endAllOf(tx, this.#parts.userId, { reason }) : 0;
    });
    expect(ended).toBe(expected);
  }
}

function codeOfError(error: unknown): string {
  return (error as { code?: string }).code ?? String(error);
}

export interface ModelRunOptions {
  readonly policy: AuthConfig['session']['policy'];
  readonly runs: number;
  readonly stepsMax: number;
}

/** Takes random steps on two instances over one database, and fails where the model differs. */
export async function compareWithModel(
  db: Database,
  clock: FakeClock,
  { policy, runs, stepsMax }: ModelRunOptions,
): Promise<void> {
  const rules = { ...configOf().session, policy, limit: 3, keepEndedDays: 3660 };
  const first = await startSessions(db, clock, rules);
  const instances = [first, await startSessions(db, clock, rules)];
  const steps = fc.array(stepOf, { minLength: 5, maxLength: stepsMax, size: 'max' });
  const property = fc.asyncProperty(steps, async (taken) => {
    const run = new ModelRun({ db, clock, instances, userId: await newUserId(first) }, rules);
    for (const step of taken) await run.take(step as Step);
    await run.compare();
  });
  await fc.assert(property, { numRuns: runs });
}
