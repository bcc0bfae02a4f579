import { defineErrors } from '../../../platform/errors/index.js';

export const loginErrors = defineErrors({
  loginLocked: {
    code: 'login-locked',
    status: 429,
    title: { 'zh-CN': '登录已被暂时锁定', en: 'Sign-in is locked for a while' },
    detail: {
      'zh-CN':
        '失败的登录太多，暂时不能登录，密码正确也不行。请在 {seconds} 秒后（retryAt）重试，或联系客服解锁。',
      en: 'Too many sign-ins failed, so none is accepted now, whatever the password. Try again in {seconds} seconds (retryAt), or ask the support to unlock it.',
    },
  },
});
