import { defineErrors } from '../errors/index.js';

export const mailErrors = defineErrors({
  mailUnavailable: {
    code: 'mail-unavailable',
    status: 503,
    title: { 'zh-CN': '邮件暂时无法发出', en: 'Mail cannot be handed over' },
    detail: {
      'zh-CN': '邮件未能发出，请稍后重试；若反复出现，请联系管理员。',
      en: 'The mail could not be handed over. Try again shortly; tell the operator if it keeps happening.',
    },
  },
});
