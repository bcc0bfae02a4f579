import { defineErrors } from '../../../platform/errors/index.js';

export const linkErrors = defineErrors({
  linkInvalid: {
    code: 'link-invalid',
    status: 400,
    title: { 'zh-CN': '链接无效', en: 'The link is not valid' },
    detail: {
      'zh-CN': '这个链接不是本平台发出的、已经用过、已过期，或已被新的操作作废。请重新申请。',
      en: 'This link is none of ours, was used, has expired, or something newer made it void. Ask for another one.',
    },
  },
  linkTooOften: {
    code: 'link-too-often',
    status: 429,
    title: { 'zh-CN': '邮件发送过于频繁', en: 'Too many mails' },
    detail: {
      'zh-CN': '短时间内已发送 {max} 封邮件。请检查收件箱和垃圾邮件，或在 {seconds} 秒后重试。',
      en: '{max} mails were sent lately. Look for them, also among the spam, or try again in {seconds} seconds.',
    },
  },
});
