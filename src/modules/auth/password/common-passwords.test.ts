import { expect, it } from 'vitest';
import { loadCommonPasswords } from './common-passwords.js';

it('the list holds the most common passwords of the world, in lower case, and no more than asked for', async () => {
  const common = await loadCommonPasswords(10_000);
  expect(common.size).toBeGreaterThan(9_900);
  expect(common.size).toBeLessThanOrEqual(10_000);
  for (const password of ['123456', 'password', 'qwer1234', 'trustno1']) expect(common).toContain(password);
  expect([...common].filter((password) => password !== password.toLowerCase())).toEqual([]);
});
