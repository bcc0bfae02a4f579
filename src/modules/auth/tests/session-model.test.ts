import { beforeAll, expect, it } from 'vitest';
import type { Database } from '../../../platform/database/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { authMigrations } from '../auth.migrations.js';
import { limitPolicies } from '../session/session.config.js';
import { compareWithModel } from './session-model-run.js';

describeEachEngine('the sessions of a user on two instances', (open, engine) => {
  const runs = engine === 'pglite' ? 8 : 25;
  let db: Database;
  beforeAll(async () => {
    db = await open({ migrations: authMigrations });
  });

  it.each(limitPolicies)(
    '%s: do what a plain model says, whatever happens in whatever order',
    async (policy) => {
      const options = { policy, runs, stepsMax: 80 };
      await expect(compareWithModel(db, new FakeClock(), options)).resolves.toBeUndefined();
    },
  );
});
