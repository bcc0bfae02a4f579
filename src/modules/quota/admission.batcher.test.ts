import { AsyncLocalStorage } from 'node:async_hooks';
import { expect, test } from 'vitest';
import { AdmissionBatcher, type RunRound } from './admission.batcher.js';
import type { Operation, Outcome } from './operation.domain.js';
import { reserveOf } from './tests/fixtures.js';

const options = { roundOperationsMax: 4, queueOperationsMax: 8, deadlineMs: 30_000, retryAfterSeconds: 2 };
const denied: Outcome = { kind: 'denied', reason: 'exhausted', available: 0, unlimited: false };
const release = (callId: string): Operation => ({ kind: 'release', callId });

/** Rounds that wait until they are let go, and remember what they were asked. */
function heldRounds() {
  const rounds: string[][] = [];
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const run: RunRound = async (operations) => {
    rounds.push(operations.map(({ callId }) => callId));
    await held;
    return operations.map(() => denied);
  };
  return { rounds, run, letGo };
}

test('what is asked at the same time shares rounds of bounded size, in the order of arrival', async () => {
  const { rounds, run, letGo } = heldRounds();
  const batcher = new AdmissionBatcher(run, options);
  const answers = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => batcher.submit(reserveOf(id)));
  letGo();
  await Promise.all(answers);
  expect(rounds).toEqual([
    ['a', 'b', 'c', 'd'],
    ['e', 'f'],
  ]);
});

test('a full queue answers 503 with Retry-After at once, and still settles what runs', async () => {
  const { run, letGo } = heldRounds();
  const batcher = new AdmissionBatcher(run, options);
  const waiting = Array.from({ length: 8 }, (_, i) => batcher.submit(reserveOf(`r${i}`)));
  await expect(batcher.submit(reserveOf('one-too-many'))).rejects.toMatchObject({
    code: 'quota-busy',
    definition: { status: 503 },
    options: { retryAfterSeconds: 2 },
  });
  const settling = Array.from({ length: 8 }, (_, i) => batcher.submit(release(`s${i}`)));
  await expect(batcher.submit(release('over-the-double'))).rejects.toMatchObject({ code: 'quota-busy' });
  letGo();
  expect(await Promise.all([...waiting, ...settling])).toHaveLength(16);
});

test('a reservation nobody waits for any more is never asked of the database', async () => {
  const { rounds, run, letGo } = heldRounds();
  const batcher = new AdmissionBatcher(run, { ...options, roundOperationsMax: 1, deadlineMs: 10 });
  const answers = await Promise.allSettled(
    [reserveOf('first'), reserveOf('late')].map((o) => batcher.submit(o)),
  );
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  letGo();
  await batcher.drain();
  expect(rounds).toEqual([['first']]);
});

test('an operation that fails by itself fails its caller only', async () => {
  const run: RunRound = async (operations) => {
    if (operations.some(({ callId }) => callId === 'poison')) throw new Error('cannot be written');
    return operations.map(() => denied);
  };
  const batcher = new AdmissionBatcher(run, options);
  const answers = await Promise.allSettled(['a', 'poison', 'b'].map((id) => batcher.submit(reserveOf(id))));
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('a round runs outside the context of the request that happened to start it', async () => {
  const context = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  const batcher = new AdmissionBatcher(async (operations) => {
    seen.push(context.getStore());
    return operations.map(() => denied);
  }, options);
  await context.run('a request', () => batcher.submit(reserveOf('a')));
  expect(seen).toEqual([undefined]);
});
