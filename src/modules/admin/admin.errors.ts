import { defineErrors } from '../../platform/errors/index.js';

export const adminErrors = defineErrors({
  auditVerifyTooLong: {
    code: 'audit-verify-too-long',
    status: 503,
    title: { 'zh-CN': '审计日志校验超时', en: 'The audit log is too long to verify here' },
    detail: {
      'zh-CN':
        '审计日志未能在 {seconds} 秒内校验完毕，因此没有结论。请在服务器上运行 qingyu verify，它没有时间限制。',
      en: 'The audit log could not be verified within {seconds} seconds, so nothing is said about it. Run `qingyu verify` on the server, which has no limit.',
    },
  },
});
