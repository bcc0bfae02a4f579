import type { RoleName } from '../auth.port.js';

/** The fixed system roles: the permissions `area.action` that each holds. */
const permissionsByRole: Readonly<Record<RoleName, readonly string[]>> = {
  reader: [],
  author: [],
  reviewer: ['review.*', 'user.read'],
  operator: [
    'user.read',
    'user.ban',
    'session.manage',
    'quota.manage',
    'withdraw.review',
    'wallet.audit',
    'vip.manage',
    'book.manage',
    'notice.manage',
    'statistics.read',
    'system.read',
    'review.*',
  ],
  admin: ['*'],
};

const roles = new Map<string, readonly string[]>(Object.entries(permissionsByRole));

/** The union of what the roles permit, sorted; a role nobody knows permits nothing. */
export function permissionsOf(held: readonly string[]): readonly string[] {
  return [...new Set(held.flatMap((role) => roles.get(role) ?? []))].sort();
}
