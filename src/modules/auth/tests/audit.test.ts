import { pino } from 'pino';
import { Value } from 'typebox/value';
import { expect, it } from 'vitest';
import { AuditService, auditConfig, auditMigrations } from '../../../platform/audit/index.js';
import type { Database } from '../../../platform/database/index.js';
import { EventStreams, ExportStreams, httpConfig } from '../../../platform/http/index.js';
import { Metrics } from '../../../platform/metrics/index.js';
import { sealerMigrations } from '../../../platform/sealer/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { noRedis } from '../../../testing/no-redis.js';
import { RecordingEvents } from '../../../testing/recording-events.js';
import { secretsWith } from '../../../testing/secrets.js';
import { AccountOpening } from '../account/account-opening.js';
import { assembleAuth } from '../auth.module.js';
import { authMigrations } from '../index.js';
import { SessionLimit } from '../session/session-limit.js';
import { configOf, password, RecordingSender, startAuth } from './auth-harness.js';

const actor = {
  kind: 'user',
  userId: '01956e2f-5c00-7000-8000-000000000001',
  address: '203.0.113.9',
} as const;

/** The accounts with the real audit log in the same database. */
async function withAudit(db: Database) {
  const log = pino({ level: 'silent' });
  const parts = { clock: new FakeClock(), metrics: new Metrics(), log };
  const audit = new AuditService({ database: db, ...parts, config: Value.Create(auditConfig) });
  const config = { ...configOf(), adminPassword: password };
  const secrets = await secretsWith();
  const events = new RecordingEvents();
  const codeSender = new RecordingSender();
  const opening = AccountOpening.whenAbsent as AccountOpening;
  const limit = SessionLimit.whenAbsent as SessionLimit;
  const deps = { db, audit, events, limit, config, secrets, opening, routes: { all: () => [] } };
  const exports = new ExportStreams(new EventStreams(() => ({})), Value.Create(httpConfig));
  const holders = { all: () => [] };
  return {
    audit,
    ...assembleAuth({ ...parts, ...deps, log, codeSender, exports, holders, redis: noRedis() }),
  };
}

describeEachEngine('creating an account for somebody', (open) => {
  const migrations = [...authMigrations, ...sealerMigrations, ...auditMigrations];

  it('leaves an audit record: who, for whom, with which roles, and no password', async () => {
    const { accounts, audit } = await withAudit(await open({ migrations }));
    const result = await accounts.create({ username: 'lin_daiyu', password, roles: ['reviewer'] }, actor);
    if (!result.created) throw new Error(result.reason);
    const records = await audit.list({}, { limit: 10 });
    expect(records).toMatchObject([
      {
        action: 'auth.account-created',
        actor,
        target: { type: 'user', id: result.account.id },
        after: { username: 'lin_daiyu', roles: ['reader', 'reviewer'] },
      },
    ]);
    expect(JSON.stringify(records)).not.toContain(password);
  });

  it('leaves none when it is refused, and one when two try at once', async () => {
    const { accounts, audit, firstAccounts } = await withAudit(await open({ migrations }));
    await Promise.all([firstAccounts.ensureAdmin(), firstAccounts.ensureAdmin()]);
    expect(await accounts.create({ username: 'admin', password }, actor)).toMatchObject({ created: false });
    const records = await audit.list({}, { limit: 10 });
    expect(records).toMatchObject([{ actor: { kind: 'system' }, after: { roles: ['admin', 'reader'] } }]);
  });

  it('does not happen when the record cannot be written', async () => {
    const db = await open({ migrations: authMigrations });
    const { accounts } = await withAudit(db);
    await expect(accounts.create({ username: 'lin_daiyu', password }, actor)).rejects.toThrow();
    expect(await accounts.findByLogin('lin_daiyu')).toBeUndefined();
  });

  it('is not what a registration does: people make their own account without a record', async () => {
    const auth = await startAuth(await open({ migrations }), new FakeClock());
    await auth.accounts.register({ username: 'lin_daiyu', password });
    expect(auth.audit.entries).toEqual([]);
  });
});
