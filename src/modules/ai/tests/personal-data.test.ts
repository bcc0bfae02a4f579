import { expect, it } from 'vitest';
import { newId } from '../../../platform/kernel/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { insertUser } from '../../../testing/users.repository.js';
import { authMigrations } from '../../auth/index.js';
import { aiMigrations } from '../ai.migrations.js';
import { callHolder } from '../ai.personal-data.js';
import { CallRepository } from '../ai.repository.js';
import { start } from './ai-harness.js';

const ended = {
  state: 'done',
  finish_reason: 'stop',
  problem: null,
  ended_at: start,
  prompt_tokens: 9,
  completion_tokens: 12,
  charged_tokens: 21,
} as const;

describeEachEngine('what the models wrote for somebody', (open) => {
  const setup = async () => {
    const database = await open({ migrations: [...authMigrations, ...aiMigrations] });
    const calls = new CallRepository(database);
    const holder = callHolder(calls);
    const begin = async (user: string) => {
      const call = {
        id: newId(start),
        user_id: user,
        operation: 'continue',
        provider: 'demo',
        model: 'demo',
      };
      await calls.insert({ ...call, truncated: false, started_at: start, ends_by: start });
      return call.id;
    };
    const exported = async (user: string) => {
      const records: unknown[] = [];
      for await (const record of holder.export(database, user)) records.push(record);
      return records;
    };
    const erase = (user: string) =>
      database.withTransaction({ name: 'erase' }, (tx) => holder.erase(tx, user));
    return { database, calls, begin, exported, erase, user: await insertUser(database, start) };
  };

  it('is exported whole, over several pages, and nobody else’s with it', async () => {
    const { database, calls, begin, exported, user } = await setup();
    await begin(await insertUser(database, start));
    const ids: string[] = [];
    for (let n = 0; n < 41; n++) {
      const id = await begin(user);
      await calls.end(id, { ...ended, content: `灯火 ${n}` });
      ids.push(id);
    }
    const records = await exported(user);
    expect(records.map((record) => (record as { id: string }).id)).toEqual(ids.sort());
    expect(records[0]).toMatchObject({
      operation: 'continue',
      content: expect.stringContaining('灯火'),
      chargedTokens: 21,
    });
  });

  it('is gone with the account, also what a call that still runs would write', async () => {
    const { database, calls, begin, exported, erase, user } = await setup();
    const stranger = await insertUser(database, start);
    await begin(stranger);
    const running = await begin(user);
    await erase(user);
    await calls.end(running, { ...ended, content: '灯火阑珊' });
    expect([await exported(user), (await exported(stranger)).length]).toEqual([[], 1]);
  });
});
