import { type AppError, defineErrors } from '../../platform/errors/index.js';
import type { Denied } from './quota.port.js';

export const quotaErrors = defineErrors({
  exhausted: {
    code: 'quota-exhausted',
    status: 429,
    title: { 'zh-CN': 'AI 额度不足', en: 'The AI quota is used up' },
    detail: {
      'zh-CN':
        '剩余 {available} 个 token，不足以完成这次调用。额度将于 {resetsAt} 重置；也可以缩短文本或调低 maxTokens。',
      en: '{available} tokens are left, less than this call may cost. The quota resets at {resetsAt}; a shorter text or a lower maxTokens may fit before.',
    },
  },
  suspended: {
    code: 'quota-suspended',
    status: 403,
    title: { 'zh-CN': 'AI 额度已被停用', en: 'The AI quota is suspended' },
    detail: {
      'zh-CN': '你的 AI 额度已被工作人员停用，恢复之前不能调用 AI。如有疑问请联系客服。',
      en: 'The staff suspended your AI quota; no AI call is possible until it is activated again. Ask the support if you think that is wrong.',
    },
  },
  busy: {
    code: 'quota-busy',
    status: 503,
    title: { 'zh-CN': 'AI 额度服务繁忙', en: 'The AI quota is busy' },
    detail: {
      'zh-CN': '等待额度确认的调用过多，这次调用没有执行。请在 {seconds} 秒后重试。',
      en: 'Too many calls wait for their quota, so this one did not run. Try again in {seconds} seconds.',
    },
  },
});

export function quotaBusy(retryAfterSeconds: number, internal: string): AppError {
  return quotaErrors.busy({ params: { seconds: retryAfterSeconds }, retryAfterSeconds, internal });
}

/** The problem that a route answers for a denial. */
export function denialProblem(denied: Denied, now: Date): AppError {
  const { available, resetsAt } = denied;
  if (denied.reason === 'suspended') return quotaErrors.suspended({ extensions: { available, resetsAt } });
  return quotaErrors.exhausted({
    params: { available, resetsAt },
    extensions: { available, resetsAt },
    retryAfterSeconds: Math.max(1, Math.ceil((Date.parse(resetsAt) - now.getTime()) / 1000)),
  });
}
