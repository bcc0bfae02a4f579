import { defineErrors } from '../../../platform/errors/index.js';

/** What a second factor, or a password asked again, can be refused for. At sign-in nobody is known yet: 401; later 403. */
export const secondFactorErrors = defineErrors({
  totpRequired: {
    code: 'totp-required',
    status: 401,
    title: { 'zh-CN': '需要动态验证码', en: 'A code of the second factor is needed' },
    detail: {
      'zh-CN': '密码正确。此账号已启用动态验证码，请在 totp 中附上验证码或一个恢复码后重新登录。',
      en: 'The password is right. This account has a second factor: sign in again with a code of it, or a recovery code, in `totp`.',
    },
  },
  totpInvalid: {
    code: 'totp-invalid',
    status: 401,
    title: { 'zh-CN': '动态验证码不正确', en: 'The code of the second factor is wrong' },
    detail: {
      'zh-CN': '验证码不正确、已过期或已使用过。请等待应用显示新的验证码，或使用未用过的恢复码。',
      en: 'The code is wrong, old or was used already. Wait for the next one of your app, or take an unused recovery code.',
    },
  },
  totpWrong: {
    code: 'totp-wrong',
    status: 403,
    title: { 'zh-CN': '动态验证码不正确', en: 'The code does not confirm this' },
    detail: {
      'zh-CN': '验证码不正确、已过期或已使用过，操作未执行。请等待应用显示新的验证码后重试。',
      en: 'The code is wrong, old or was used already, so nothing was done. Wait for the next one of your app and try again.',
    },
  },
  passwordWrong: {
    code: 'password-wrong',
    status: 403,
    title: { 'zh-CN': '当前密码不正确', en: 'The password does not confirm this' },
    detail: {
      'zh-CN': '提交的不是此账号的当前密码，操作未执行。请检查后重试。',
      en: 'This is not the current password of the account, so nothing was done. Check it and try again.',
    },
  },
  confirmationLocked: {
    code: 'confirmation-locked',
    status: 429,
    title: { 'zh-CN': '错误次数过多', en: 'Too many wrong tries' },
    detail: {
      'zh-CN': '密码或验证码错误次数过多，暂时不再核对。请在 {seconds} 秒后重试。',
      en: 'Too many wrong passwords or codes were sent, so none is looked at for now. Try again in {seconds} seconds.',
    },
  },
  totpOff: {
    code: 'totp-off',
    status: 409,
    title: { 'zh-CN': '尚未启用动态验证码', en: 'There is no second factor' },
    detail: {
      'zh-CN': '此账号尚未启用动态验证码。请先设置并启用。',
      en: 'This account has no second factor. Set one up and enable it first.',
    },
  },
  totpSetupMissing: {
    code: 'totp-setup-missing',
    status: 409,
    title: { 'zh-CN': '没有待启用的动态验证码', en: 'There is nothing to enable' },
    detail: {
      'zh-CN': '没有等待启用的动态验证码，或等待时间已过。请重新设置。',
      en: 'No authenticator waits to be enabled, or it waited too long. Set one up again.',
    },
  },
});
