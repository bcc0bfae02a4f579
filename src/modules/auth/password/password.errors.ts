import { defineErrors } from '../../../platform/errors/index.js';

export const passwordErrors = defineErrors({
  resetNotAllowed: {
    code: 'reset-not-allowed',
    status: 403,
    title: { 'zh-CN': '不能重置此用户的密码', en: 'This password is not yours to reset' },
    detail: {
      'zh-CN': '此用户拥有你没有的权限，因此不能由你重置其密码。请找权限更高的管理员。',
      en: 'This user may do what you may not, so resetting their password is for somebody with those permissions.',
    },
  },
  freshSignInRequired: {
    code: 'fresh-sign-in-required',
    status: 403,
    title: { 'zh-CN': '需要重新登录', en: 'Sign in again first' },
    detail: {
      'zh-CN': '账号没有密码，因此此操作只在登录后 {minutes} 分钟内有效。请重新登录后再试。',
      en: 'The account has no password, so this works within {minutes} minutes of a sign-in only. Sign in again and repeat it.',
    },
  },
});
