import { defineErrors } from '../../../platform/errors/index.js';

export const passwordErrors = defineErrors({
  resetUserNotFound: {
    code: 'reset-user-not-found',
    status: 404,
    title: { 'zh-CN': '没有这个用户', en: 'No such user' },
    detail: {
      'zh-CN': '没有编号为此的有效用户。请检查编号。',
      en: 'No user with an open account has this id. Check it.',
    },
  },
  resetNotAllowed: {
    code: 'reset-not-allowed',
    status: 403,
    title: { 'zh-CN': '不能重置此用户的密码', en: 'This password is not yours to reset' },
    detail: {
      'zh-CN': '此用户拥有你没有的权限，因此不能由你重置其密码。请找权限更高的管理员。',
      en: 'This user may do what you may not, so resetting their password is for somebody with those permissions.',
    },
  },
});
