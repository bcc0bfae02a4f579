import { expect, it } from 'vitest';
import { PasswordHasher } from './password-hasher.js';

const cheap = { memoryKibibytes: 8192, passes: 1, lanes: 1 };

it('a hash is argon2id with the configured parameters and a salt of its own', async () => {
  const hasher = new PasswordHasher({ ...cheap, inFlightMax: 2, queueMax: 10 });
  const [first, second] = await Promise.all([hasher.hash('zang-hua-1'), hasher.hash('zang-hua-1')]);
  expect(first).toMatch(/^\$argon2id\$v=19\$m=8192,t=1,p=1\$/);
  expect(second).not.toBe(first);
  expect(await hasher.verify(first, 'zang-hua-1')).toBe(true);
  expect(await hasher.verify(first, 'zang-hua-2')).toBe(false);
});

it('a full queue answers 503 with Retry-After at once, and those in it are served', async () => {
  const hasher = new PasswordHasher({ ...cheap, inFlightMax: 2, queueMax: 3 });
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => hasher.hash('zang-hua-1')));
  const refused = results.filter((result) => result.status === 'rejected');
  expect(results.slice(0, 5).every((result) => result.status === 'fulfilled')).toBe(true);
  expect(refused).toHaveLength(3);
  for (const { reason } of refused) {
    expect(reason).toMatchObject({ code: 'password-hashing-busy', definition: { status: 503 } });
    expect(reason.options.retryAfterSeconds).toBeGreaterThan(0);
  }
});

it('the queue is served first come first served', async () => {
  const hasher = new PasswordHasher({ ...cheap, inFlightMax: 1, queueMax: 10 });
  const order: number[] = [];
  await Promise.all([0, 1, 2, 3, 4].map((n) => hasher.hash('zang-hua-1').then(() => order.push(n))));
  expect(order).toEqual([0, 1, 2, 3, 4]);
});

it('a hash that fails gives its place back', async () => {
  const hasher = new PasswordHasher({ ...cheap, inFlightMax: 1, queueMax: 1 });
  for (let round = 0; round < 3; round += 1) {
    await expect(hasher.verify('this is no hash', 'zang-hua-1')).rejects.toThrow();
  }
  expect(await hasher.hash('zang-hua-1')).toContain('$argon2id$');
});
