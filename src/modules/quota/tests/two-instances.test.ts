import fc from 'fast-check';
import { test } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { deleteSuspension, findImbalances, insertGrant, insertSuspension } from './books.repository.js';
import { noon } from './fixtures.js';
import { command } from './model-commands.js';
import {
  type ModelAnswer,
  type ModelOperation,
  ModelRun,
  modelRules,
  type QuotaUnderTest,
  users,
} from './model-run.js';
import { QuotaHarness } from './quota-harness.js';

/**
 * Instances that share a database. Each operation meets an instance that was just born and dies
 * afterwards, so nothing may live in memory; settlements come to two of them at once.
 */
class SharedDatabase implements QuotaUnderTest {
  readonly #harness: QuotaHarness;
  readonly #userIds: ReadonlyMap<string, string>;

  private constructor(harness: QuotaHarness, userIds: ReadonlyMap<string, string>) {
    this.#harness = harness;
    this.#userIds = userIds;
  }

  /** New users each time, at noon again. */
  static async withNewUsers(harness: QuotaHarness): Promise<SharedDatabase> {
    harness.clock.set(noon);
    const ids = await Promise.all(users.map(async (user) => [user, await harness.newUser()] as const));
    return new SharedDatabase(harness, new Map(ids));
  }

  async decide(operations: readonly ModelOperation[]): Promise<ModelAnswer[]> {
    const answers: ModelAnswer[] = [];
    for (const operation of operations) answers.push(await this.#carryOut(operation));
    return answers;
  }

  newCallId(): string {
    return this.#harness.newCallId();
  }

  async gift(user: string, tokens: number, lifeMs: number): Promise<void> {
    const startsAt = this.#harness.clock.now();
    const endsAt = new Date(startsAt.getTime() + lifeMs);
    const userId = this.#idOf(user);
    await insertGrant(this.#harness.database, { userId, kind: 'gift', tokens, startsAt, endsAt });
  }

  async suspend(user: string, on: boolean): Promise<void> {
    const { database, clock } = this.#harness;
    await deleteSuspension(database, this.#idOf(user));
    if (on) await insertSuspension(database, this.#idOf(user), clock.now());
  }

  advance(ms: number): void {
    this.#harness.clock.advance(ms);
  }

  async read(user: string, daily: number) {
    const reading = await this.#newInstance(daily).read(this.#idOf(user), ['reader']);
    const { granted, available, reserved, used, expired } = reading;
    const usedOfDay = reading.grants.find((grant) => grant.kind === 'daily')?.used;
    return { granted, available, reserved, used, expired, usedOfDay };
  }

  findImbalances(): Promise<unknown[]> {
    return findImbalances(this.#harness.database);
  }

  async #carryOut(operation: ModelOperation): Promise<ModelAnswer> {
    const { kind } = operation;
    if (kind === 'reserve') return this.#reserve(operation);
    if (kind === 'settle') return this.#settle(operation.call, operation.usage);
    const quota = this.#newInstance();
    if (kind === 'note') await quota.note(operation.call, operation.usage);
    if (kind === 'release') await quota.release(operation.call);
    if (kind === 'expire') await Promise.all([quota.sweep(), this.#newInstance().sweep()]);
    return undefined;
  }

  async #reserve(wanted: Extract<ModelOperation, { kind: 'reserve' }>): Promise<ModelAnswer> {
    const { call: callId, prompt: promptTokens, max: maxTokens, inFactor, outFactor } = wanted;
    const changes = { callId, promptTokens, maxTokens, inFactor, outFactor };
    const request = this.#harness.request(this.#idOf(wanted.user), changes);
    const answer = await this.#newInstance(wanted.daily).reserve(request);
    return answer.allowed ? { max: answer.maxTokens, ceiling: answer.ceilingTokens } : answer.reason;
  }

  async #settle(callId: string, usage: { promptTokens: number; completionTokens: number }) {
    const twins = [this.#newInstance(), this.#newInstance()];
    const charged = await Promise.all(
      twins.map(async (quota) => (await quota.settle(callId, usage)).chargedTokens),
    );
    return charged[0] === charged[1] ? charged[0] : `charged differently: ${charged}`;
  }

  #newInstance(daily = 20) {
    const reservation = {
      ttlSeconds: modelRules.ttlMs / 1000,
      maxTokensDefault: modelRules.maxDefault,
      maxTokensShrunkMin: modelRules.maxShrunkMin,
    };
    return this.#harness.instance({ config: { daily: { reader: daily }, reservation } }).quota;
  }

  #idOf(user: string): string {
    return this.#userIds.get(user) ?? '';
  }
}

describeEachEngine('a quota shared by instances', (open) => {
  test('any history is decided as one token at a time would be, whoever decides and whoever dies', async () => {
    const harness = await QuotaHarness.open(open);
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 40, size: 'max' }), async (commands) => {
        await new ModelRun(await SharedDatabase.withNewUsers(harness)).play(commands);
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });
});
