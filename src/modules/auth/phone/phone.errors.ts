import { defineErrors } from '../../../platform/errors/index.js';

/** What a phone or a code can be refused for. At sign-in nobody is known yet: 401; later 403. */
export const phoneErrors = defineErrors({
  phoneInvalid: {
    code: 'phone-invalid',
    status: 400,
    title: { 'zh-CN': '手机号格式不正确', en: 'This is no phone number' },
    detail: {
      'zh-CN': '应为 11 位中国大陆手机号，或带国家代码的号码（如 +85251234567）。请检查。',
      en: 'Expected a mobile number of mainland China, or a number with its country code, such as +85251234567. Check it.',
    },
  },
  phoneCodeLimited: {
    code: 'phone-code-limited',
    status: 429,
    title: { 'zh-CN': '验证码发送过于频繁', en: 'Too many codes were asked for' },
    detail: {
      'zh-CN': '这个手机号或网络请求的验证码太多，本次没有发送。请在 {seconds} 秒后重试。',
      en: 'This phone or this network asked for too many codes, so none was sent. Try again in {seconds} seconds.',
    },
  },
  phoneCodeInvalid: {
    code: 'phone-code-invalid',
    status: 401,
    title: { 'zh-CN': '验证码不正确', en: 'The code is wrong' },
    detail: {
      'zh-CN': '验证码不正确、已过期、已使用，或错误次数过多。请检查，或重新获取。',
      en: 'The code is wrong, old, was used already or tried too often. Check it, or ask for another one.',
    },
  },
  phoneCodeWrong: {
    code: 'phone-code-wrong',
    status: 403,
    title: { 'zh-CN': '验证码不正确', en: 'The code does not confirm this' },
    detail: {
      'zh-CN': '验证码不正确、已过期、已使用，或错误次数过多，操作未执行。请检查，或重新获取。',
      en: 'The code is wrong, old, was used already or tried too often, so nothing was done. Check it, or ask for another one.',
    },
  },
  phoneTaken: {
    code: 'phone-taken',
    status: 409,
    title: { 'zh-CN': '手机号已绑定其他账号', en: 'The phone belongs to another account' },
    detail: {
      'zh-CN': '这个手机号已绑定另一个账号。请用它登录，或先在那个账号上解绑。',
      en: 'Another account has this phone. Sign in with it, or remove it from that account first.',
    },
  },
  phoneAlreadyBound: {
    code: 'phone-already-bound',
    status: 409,
    title: { 'zh-CN': '账号已绑定手机号', en: 'The account has a phone already' },
    detail: {
      'zh-CN': '账号已绑定另一个手机号。请先用那个手机号的验证码解绑。',
      en: 'The account has another phone. Remove that one first, with a code that is sent to it.',
    },
  },
  phoneNotBound: {
    code: 'phone-not-bound',
    status: 409,
    title: { 'zh-CN': '账号没有绑定手机号', en: 'The account has no phone' },
    detail: {
      'zh-CN': '账号没有绑定手机号，无需解绑。',
      en: 'There is no phone to remove from this account.',
    },
  },
  phoneIsOnlyLogin: {
    code: 'phone-is-only-login',
    status: 409,
    title: { 'zh-CN': '手机号是唯一的登录方式', en: 'The phone is the only way in' },
    detail: {
      'zh-CN': '账号没有密码，解绑后将无法登录。请先设置密码。',
      en: 'The account has no password, so nobody could sign in without the phone. Set a password first.',
    },
  },
  phoneCodesUnavailable: {
    code: 'phone-codes-unavailable',
    status: 503,
    title: { 'zh-CN': '短信验证码不可用', en: 'No codes can be sent to phones' },
    detail: {
      'zh-CN': '平台目前无法发送短信验证码。请用密码登录，或联系管理员。',
      en: 'The platform cannot send codes to phones at present. Sign in with a password, or tell the operator.',
    },
  },
});
