import { defineErrors } from '../errors/index.js';

export const rateLimitErrors = defineErrors({
  rateLimited: {
    code: 'rate-limited',
    status: 429,
    title: { en: 'Too many requests', 'zh-CN': '请求过于频繁' },
    detail: {
      en: 'At most {limit} requests are taken in {windowSeconds} seconds (policy `{policy}`). Try again in {seconds} seconds.',
      'zh-CN': '每 {windowSeconds} 秒最多 {limit} 次请求（规则 {policy}）。请在 {seconds} 秒后重试。',
    },
  },
});
