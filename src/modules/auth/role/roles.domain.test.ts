import { expect, it } from 'vitest';
import { permits } from '../../../platform/http/index.js';
import { permissionsOf } from './roles.domain.js';

it('readers and authors hold no permission, nor does a role that nobody knows', () => {
  expect(permissionsOf(['reader', 'author', 'owner', '__proto__', 'constructor'])).toEqual([]);
});

it('an admin may do everything', () => {
  expect(permits(permissionsOf(['reader', 'admin']), 'wallet.manage')).toBe(true);
});

it('several roles add up without repeating', () => {
  const held = permissionsOf(['reviewer', 'operator']);
  expect(held.filter((permission) => permission === 'user.read')).toHaveLength(1);
  expect(permits(held, 'review.approve')).toBe(true);
  expect(permits(held, 'role.assign')).toBe(false);
});
