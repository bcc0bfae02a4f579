import { Value } from 'typebox/value';
import { expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { authMigrations } from '../auth.migrations.js';
import { Session } from '../auth.schema.js';
import { metricOf, password, register } from './auth-harness.js';
import { callsOf, startSessions } from './session-harness.js';

describeEachEngine('a client that may not add a device', (open) => {
  const credentials = { login: 'lin_daiyu', password };
  const start = async () => {
    const clock = new FakeClock();
    const db = await open({ migrations: authMigrations, clock });
    const auth = await startSessions(db, clock, { policy: 'reject', limit: 2 });
    await register(auth);
    const call = await callsOf(auth);
    const signIn = (body: object) => call('POST', '/auth/login', undefined, { ...credentials, ...body });
    const phone = (await signIn({ device: { id: 'phone', name: '手机', class: 'mobile' } })).body;
    clock.advance(1000);
    const web = (await signIn({})).body;
    return { auth, call, signIn, phone, web };
  };

  it('is shown the sessions, chooses one, and comes in as the chosen one is told who came', async () => {
    const { auth, call, signIn, phone, web } = await start();
    const refused = await signIn({ device: { id: 'pad', name: '平板' } });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'device-limit-reached', limit: 2, count: 2 },
    });
    expect(refused.body.sessions).toEqual(
      [web.session, phone.session].map((session) => ({ ...session, current: false })),
    );
    for (const session of refused.body.sessions) expect([...Value.Errors(Session, session)]).toEqual([]);
    const [, chosen] = refused.body.sessions;
    const admitted = await signIn({ device: { id: 'pad', name: '平板' }, endSessionId: chosen.id });
    expect(admitted.status).toBe(200);
    const told = await call('GET', '/auth/me', phone.accessToken);
    expect(told.body).toMatchObject({ code: 'session-evicted', reason: 'evicted', endedByDevice: '平板' });
    expect((await call('GET', '/auth/me', web.accessToken)).status).toBe(200);
    const { items } = (await call('GET', '/auth/sessions', admitted.body.accessToken)).body;
    expect(items.map(({ id }: { id: string }) => id).sort()).toEqual(
      [web.session.id, admitted.body.session.id].sort(),
    );
    expect(await metricOf(auth.metrics, 'user_logins_total')).toEqual({
      success: 3,
      'device-limit-reached': 1,
    });
  });

  it('is shown nothing, and ends nothing, with a wrong password', async () => {
    const { call, signIn, phone } = await start();
    const answer = await signIn({ password: 'wrong-1234', endSessionId: phone.session.id });
    expect(answer).toMatchObject({ status: 401, body: { code: 'invalid-credentials' } });
    expect(answer.body.sessions).toBeUndefined();
    expect((await call('GET', '/auth/me', phone.accessToken)).status).toBe(200);
  });

  it('gets a 400 for a choice that is no id of a session', async () => {
    const { signIn } = await start();
    for (const endSessionId of [1, '', 'x', null, ['x'], { id: 'x' }]) {
      expect((await signIn({ endSessionId })).status).toBe(400);
    }
  });
});
