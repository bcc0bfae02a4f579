import { defineErrors } from '../../../platform/errors/index.js';

export const emailErrors = defineErrors({
  emailMissing: {
    code: 'email-missing',
    status: 409,
    title: { 'zh-CN': '账号没有邮箱', en: 'There is no e-mail address' },
    detail: {
      'zh-CN': '此账号没有填写邮箱，因此没有可验证的内容。请先设置邮箱。',
      en: 'This account has no e-mail address, so there is nothing to verify. Set one first.',
    },
  },
  emailVerifiedAlready: {
    code: 'email-verified',
    status: 409,
    title: { 'zh-CN': '邮箱已验证', en: 'The address is verified' },
    detail: {
      'zh-CN': '此账号的邮箱已经验证，无需再次发送邮件。',
      en: 'The e-mail address of this account is verified already, so no mail is needed.',
    },
  },
});
