import { expect, test } from 'vitest';
import { AppError } from '../../../platform/errors/index.js';
import { httpErrors } from '../../../platform/http/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { routeServer } from '../../../testing/route-server.js';
import { denialProblem } from '../quota.errors.js';
import type { Denied } from '../quota.port.js';
import { quotaRoutes } from '../quota.routes.js';
import { noon } from './fixtures.js';
import { allowed, QuotaHarness } from './quota-harness.js';

describeEachEngine('the routes of quota', (open) => {
  const start = async () => {
    const harness = await QuotaHarness.open(open);
    const { quota, metric } = harness.instance();
    const server = await routeServer({ routes: quotaRoutes(quota) });
    const get = async (path: string, userId?: string) => {
      const headers = { 'accept-language': 'en', ...(userId && { authorization: `Bearer ${userId}` }) };
      const answer = await server.inject({ method: 'GET', url: `/api/v1${path}`, headers });
      return { status: answer.statusCode, body: answer.json() };
    };
    const use = async (userId: string, completionTokens: number) => {
      const { callId } = allowed(await quota.reserve(harness.request(userId)));
      await quota.settle(callId, { promptTokens: 0, completionTokens });
      harness.clock.advance(1);
      return callId;
    };
    return { harness, metric, get, use };
  };

  test('the quota falls by exactly what a call was charged', async () => {
    const { harness, metric, get, use } = await start();
    const userId = await harness.newUser();
    const before = await get('/ai/quota', userId);
    expect(before).toMatchObject({ status: 200, body: { granted: 10_000, available: 10_000, level: 'ok' } });
    await use(userId, 37);
    const after = await get('/ai/quota', userId);
    expect(after.body).toMatchObject({
      ...{ granted: 10_000, available: 9963, reserved: 0, used: 37, expired: 0, unlimited: false },
      resetsAt: '2026-03-02T16:00:00.000Z',
      grants: [{ kind: 'daily', used: 37, endsAt: '2026-03-02T16:00:00.000Z' }],
    });
    const reads = await metric('ai_quota_read_duration_seconds');
    const count = { labels: { tier: 'database' }, value: 2 };
    expect(reads).toContainEqual(expect.objectContaining(count));
  });

  test('the history comes in pages, newest first, each entry once', async () => {
    const { harness, get, use } = await start();
    const userId = await harness.newUser();
    const callIds: string[] = [];
    for (const tokens of [1, 2, 3]) callIds.push(await use(userId, tokens));
    const first = await get('/ai/quota/transactions?limit=3', userId);
    const second = await get(`/ai/quota/transactions?limit=3&cursor=${first.body.nextCursor}`, userId);
    expect(first.body.items).toMatchObject([
      {
        kind: 'usage',
        tokens: -3,
        callId: callIds[2],
        operation: 'continue',
        model: 'demo',
        absorbedTokens: 0,
      },
      { kind: 'usage', tokens: -2, callId: callIds[1] },
      { kind: 'usage', tokens: -1, callId: callIds[0] },
    ]);
    expect(second.body).toMatchObject({
      items: [{ kind: 'grant', tokens: 10_000, callId: null }],
      nextCursor: null,
    });
  });

  test('nobody sees the quota or the history of somebody else', async () => {
    const { harness, get, use } = await start();
    const [owner, other] = [await harness.newUser(), await harness.newUser()];
    await use(owner, 37);
    expect((await get('/ai/quota', other)).body).toMatchObject({ available: 10_000, used: 0 });
    expect((await get('/ai/quota/transactions', other)).body).toEqual({ items: [], nextCursor: null });
    for (const path of ['/ai/quota', '/ai/quota/transactions']) {
      expect((await get(path)).status, path).toBe(401);
    }
  });

  test('a cursor that this list did not make is a bad request', async () => {
    const { harness, get } = await start();
    const userId = await harness.newUser();
    for (const position of ['[]', '["1"]', '[7]', '{}', 'no JSON']) {
      const cursor = Buffer.from(position).toString('base64url');
      const answer = await get(`/ai/quota/transactions?cursor=${cursor}`, userId);
      expect(answer.body.code, position).toBe(httpErrors.invalidCursor.definition.code);
    }
  });
});

test('a denial becomes a problem that says what is left, when it resets and how long to wait', () => {
  const denied: Denied = {
    allowed: false,
    reason: 'exhausted',
    available: 12,
    resetsAt: '2026-03-02T16:00:00.000Z',
  };
  const exhausted = denialProblem(denied, noon);
  expect(exhausted).toBeInstanceOf(AppError);
  expect(exhausted).toMatchObject({
    code: 'quota-exhausted',
    definition: { status: 429 },
    options: { retryAfterSeconds: 12 * 3600, extensions: { available: 12, resetsAt: denied.resetsAt } },
  });
  const suspended = denialProblem({ ...denied, reason: 'suspended' }, noon);
  expect(suspended).toMatchObject({ code: 'quota-suspended', definition: { status: 403 } });
  expect(suspended.options.retryAfterSeconds).toBeUndefined();
});
