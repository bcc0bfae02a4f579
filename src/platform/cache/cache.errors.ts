import { defineErrors } from '../errors/index.js';

export const cacheErrors = defineErrors({
  cacheUnavailable: {
    code: 'cache-unavailable',
    status: 503,
    title: { en: 'The shared cache does not answer', 'zh-CN': '共享缓存无响应' },
    detail: {
      en: 'What was asked for lies in the shared cache, which does not answer at the moment. Try again soon.',
      'zh-CN': '所请求的数据位于共享缓存中，而缓存暂时无响应。请稍后重试。',
    },
  },
  cacheLoadTimeout: {
    code: 'cache-load-timeout',
    status: 503,
    title: { en: 'Reading took too long', 'zh-CN': '读取超时' },
    detail: {
      en: 'The data did not come within {limitMs} ms, and no earlier copy may be shown. Try again soon.',
      'zh-CN': '数据未能在 {limitMs} 毫秒内返回，且没有可用的旧副本。请稍后重试。',
    },
  },
  cacheBusy: {
    code: 'cache-busy',
    status: 503,
    title: { en: 'Too many reads wait', 'zh-CN': '等待读取的请求过多' },
    detail: {
      en: '{waitingMax} reads wait for their source already. Try again in {seconds} seconds.',
      'zh-CN': '已有 {waitingMax} 个读取在等待数据源。请在 {seconds} 秒后重试。',
    },
  },
});
