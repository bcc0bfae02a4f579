import type { Language } from '../../../platform/errors/index.js';

export interface MailText {
  readonly subject: string;
  readonly text: string;
}

type Texts<T> = Readonly<Record<Language, (facts: T) => MailText>>;

export interface LinkFacts {
  readonly username: string;
  readonly url: string;
  readonly hours: number;
}

export const passwordResetText: Texts<LinkFacts> = {
  'zh-CN': ({ username, url, hours }) => ({
    subject: '重置你的青羽密码',
    text: `${username}，你好：

有人申请重置你的账号密码。如果是你本人，请在 ${hours} 小时内打开下面的链接设置新密码，链接只能使用一次：

${url}

设置后，所有设备都需要重新登录。如果不是你本人，请忽略此邮件，密码不会改变；也不要把链接转发给任何人。
`,
  }),
  en: ({ username, url, hours }) => ({
    subject: 'Reset your Qingyu password',
    text: `Hello ${username},

somebody asked to reset the password of your account. If it was you, choose a new one within ${hours} h at this link, which works once:

${url}

All your devices will have to sign in again. If it was not you, ignore this mail: the password stays as it is. Give the link to nobody.
`,
  }),
};

export const emailVerificationText: Texts<LinkFacts> = {
  'zh-CN': ({ username, url, hours }) => ({
    subject: '验证你的邮箱',
    text: `${username}，你好：

请在 ${hours} 小时内打开下面的链接，确认这个邮箱属于你，链接只能使用一次：

${url}

如果你没有注册或修改邮箱，请忽略此邮件。
`,
  }),
  en: ({ username, url, hours }) => ({
    subject: 'Verify your e-mail address',
    text: `Hello ${username},

open this link within ${hours} h to show that this address is yours. It works once:

${url}

If you neither registered nor changed your address, ignore this mail.
`,
  }),
};

export const emailChangedText: Texts<{ readonly username: string }> = {
  'zh-CN': ({ username }) => ({
    subject: '你的青羽账号更换了邮箱',
    text: `${username}，你好：

你的账号已改用另一个邮箱，今后的邮件不再发到这里。如果不是你本人操作，请立即修改密码并联系客服。
`,
  }),
  en: ({ username }) => ({
    subject: 'Your Qingyu account has another e-mail address',
    text: `Hello ${username},

your account uses another e-mail address from now on, and nothing more is sent to this one. If it was not you, change your password at once and ask the support.
`,
  }),
};

/** By the user's locale (BCP 47): Chinese of any kind, else English. */
export function languageOf(locale: string): Language {
  return /^zh\b/i.test(locale) ? 'zh-CN' : 'en';
}
