import { expect, it } from 'vitest';
import { noPassword, PasswordHasher } from './password-hasher.js';

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

it('who leaves before its turn costs no hash, and those behind it move up', async () => {
  const hasher = new PasswordHasher({ ...cheap, inFlightMax: 1, queueMax: 2 });
  const leaving = new AbortController();
  const order: string[] = [];
  const done = (name: string) => () => void order.push(name);
  const first = hasher.hash('zang-hua-1').then(done('first'));
  const gone = hasher.hash('zang-hua-1', leaving.signal).then(done('gone'));
  const third = hasher.hash('zang-hua-1').then(done('third'));
  leaving.abort();
  await expect(gone).rejects.toMatchObject({ code: 'client-left' });
  // Its place is free at once.
  const fourth = hasher.hash('zang-hua-1').then(done('fourth'));
  await Promise.all([first, third, fourth]);
  expect(order).toEqual(['first', 'third', 'fourth']);
  await expect(hasher.hash('zang-hua-1', leaving.signal)).rejects.toMatchObject({ code: 'client-left' });
});

it('who leaves during the hash gets its answer, and nobody is served twice for it', async () => {
  const hasher = new PasswordHasher({ ...cheap, inFlightMax: 1, queueMax: 2 });
  const leaving = new AbortController();
  const first = hasher.hash('zang-hua-1', leaving.signal);
  const second = hasher.hash('zang-hua-1', leaving.signal);
  await first;
  leaving.abort();
  expect(await second.catch(({ code }) => code)).toMatch(/^(client-left|\$argon2id\$.*)$/);
  expect(await hasher.hash('zang-hua-1')).toContain('$argon2id$');
});

it('nothing verifies against no password, nor for nobody, at the cost of a hash of today', async () => {
  const hasher = new PasswordHasher({ ...cheap, inFlightMax: 1, queueMax: 1 });
  await hasher.prepare();
  for (const none of [noPassword, undefined]) {
    for (const password of ['!', '', 'nobody has this password']) {
      expect(await hasher.verify(none, password)).toBe(false);
    }
  }
});

it('a hash is outdated when the configuration asks for more of anything, not when it asks for less', async () => {
  const options = { memoryKibibytes: 16_384, passes: 2, lanes: 1, inFlightMax: 1, queueMax: 1 };
  const made = await new PasswordHasher(options).hash('zang-hua-1');
  const under = (change: object) => new PasswordHasher({ ...options, ...change }).isOutdated(made);
  expect(under({})).toBe(false);
  expect(under({ memoryKibibytes: 8192, passes: 1 })).toBe(false);
  for (const more of [{ memoryKibibytes: 19_456 }, { passes: 3 }, { lanes: 2 }])
    expect(under(more)).toBe(true);
  expect(new PasswordHasher(options).isOutdated(noPassword)).toBe(false);
});
