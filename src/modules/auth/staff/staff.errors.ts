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
});
