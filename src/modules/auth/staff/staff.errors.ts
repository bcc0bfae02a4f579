import { defineErrors } from '../../../platform/errors/index.js';

/** Why the staff cannot do something to an account. */
export const staffErrors = defineErrors({
  userNotFound: {
    code: 'user-not-found',
    status: 404,
    title: { 'zh-CN': '没有这个用户', en: 'No such user' },
    detail: {
      'zh-CN': '没有编号为此的用户，或其账号已注销。请从用户列表中选择。',
      en: 'There is no user with this id, or the account was closed. Pick one from the list of users.',
    },
  },
  ownBan: {
    code: 'own-ban',
    status: 409,
    title: { 'zh-CN': '不能封禁自己', en: 'Nobody bans themselves' },
    detail: {
      'zh-CN': '您不能封禁自己的账号。请选择其他用户。',
      en: 'You cannot ban your own account. Choose another user.',
    },
  },
  staffProtected: {
    code: 'staff-protected',
    status: 403,
    title: { 'zh-CN': '工作人员受保护', en: 'The user belongs to the staff' },
    detail: {
      'zh-CN': '这个用户是工作人员，只有管理员可以封禁或解封。请联系管理员。',
      en: 'This user belongs to the staff, whom only an admin bans or unbans. Ask an admin.',
    },
  },
  alreadyBanned: {
    code: 'already-banned',
    status: 409,
    title: { 'zh-CN': '用户已被封禁', en: 'The user is banned already' },
    detail: {
      'zh-CN': '这个用户已被封禁，原因与结束时间见 banReason 与 bannedUntil。要改动请先解封。',
      en: 'This user is banned already; banReason and bannedUntil say why and until when. Unban first to change that.',
    },
  },
  notBanned: {
    code: 'not-banned',
    status: 409,
    title: { 'zh-CN': '用户未被封禁', en: 'The user is not banned' },
    detail: {
      'zh-CN': '这个用户没有被封禁，或封禁已经结束，无需解封。',
      en: 'This user is not banned, or the ban is over: there is nothing to lift.',
    },
  },
  banEndPast: {
    code: 'ban-end-past',
    status: 400,
    title: { 'zh-CN': '封禁结束时间已过', en: 'The ban would be over already' },
    detail: {
      'zh-CN': 'until 须为将来的时刻。请改为将来的时刻；不填则永久封禁。',
      en: 'until must be a moment to come. Name a later one, or leave it out for a ban without end.',
    },
  },
});
