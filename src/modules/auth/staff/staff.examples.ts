import { examples } from '../auth.examples.js';

const { user } = examples.registered;
const staffUser = {
  ...user,
  email: 'd***@example.com',
  ...{ status: 'active', bannedUntil: null, banReason: null, authorTier: null },
};
const order = { reason: '多次发布广告', until: '2099-03-08T16:00:00.000Z' };
const ban = {
  id: '0198b3ca-0c11-7d31-8a44-2b7c9d1e5f60',
  reason: order.reason,
  until: order.until,
  bannedBy: '0198b3c8-0000-7c21-9d55-6f0a3c1b7e40',
  bannedAt: '2025-08-20T09:30:00.000Z',
  ...{ liftedBy: null, liftedAt: null, liftReason: null },
};
const banned = {
  ...staffUser,
  status: 'banned',
  bannedUntil: order.until,
  banReason: order.reason,
  version: 2,
};
const author = { ...staffUser, roles: ['author', 'reader'], version: 2 };

export const staffExamples = {
  params: { id: user.id },
  user: staffUser,
  users: { items: [staffUser], nextCursor: null },
  userWithBans: { ...banned, bans: [ban] },
  ban: order,
  banned,
  unban: { reason: '申诉成立' },
  unbanned: { ...staffUser, version: 3 },
  sessions: { items: [{ ...examples.sessions.items[0], current: false }], nextCursor: null },
  forceLogout: { reason: '账号疑似被盗' },
  ended: { ended: 2 },
  roles: { roles: ['author'], reason: '签约作者' },
  assigned: { ...author, authorTier: 'novice' },
  tier: { tier: 'signed', reason: '合同 2025-118' },
  promoted: { ...author, authorTier: 'signed' },
};
