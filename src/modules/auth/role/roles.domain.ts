import type { RoleName } from '../auth.port.js';

/** What the code fixes of a role: its name for people, and the patterns `area.action`, `area.*` or `*` that it holds. */
export interface SystemRole {
  readonly title: string;
  readonly permissions: readonly string[];
}

export const systemRoles: Readonly<Record<RoleName, SystemRole>> = {
  reader: { title: '读者', permissions: [] },
  author: { title: '作者', permissions: [] },
  reviewer: { title: '审核员', permissions: ['review.*', 'user.read'] },
  operator: {
    title: '运营',
    permissions: [
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
  },
  admin: { title: '管理员', permissions: ['*'] },
};

const fixed = new Map<string, SystemRole>(Object.entries(systemRoles));

export function isSystemRole(name: string): boolean {
  return fixed.has(name);
}

/**
 * The union of what the system roles among `roles` permit and of `custom`, what custom roles permit, sorted; a role nobody
 * knows permits nothing.
 */
export function permissionsOf(roles: readonly string[], custom: readonly string[] = []): readonly string[] {
  return [...new Set([...roles.flatMap((role) => fixed.get(role)?.permissions ?? []), ...custom])].sort();
}
