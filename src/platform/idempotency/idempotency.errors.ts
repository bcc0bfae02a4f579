import { defineErrors } from '../errors/index.js';

export const idempotencyErrors = defineErrors({
  keyInvalid: {
    code: 'idempotency-key-invalid',
    status: 400,
    title: { en: 'The Idempotency-Key is not valid', 'zh-CN': 'Idempotency-Key 无效' },
    detail: {
      en: 'Expected one header of 1 to 255 visible ASCII characters, optionally in quotes. Send a new random key, such as a UUID.',
      'zh-CN':
        '应只有一个该请求头，由 1 至 255 个可见 ASCII 字符组成，可加引号。请使用新的随机值，例如 UUID。',
    },
  },
  keyRunning: {
    code: 'idempotency-key-running',
    status: 409,
    title: { en: 'The first request is still running', 'zh-CN': '首次请求仍在处理中' },
    detail: {
      en: 'A request with this Idempotency-Key is being carried out. Send it again after Retry-After seconds to get its answer.',
      'zh-CN': '带有此 Idempotency-Key 的请求正在处理。请在 Retry-After 秒后重新发送以获取结果。',
    },
  },
  keyReused: {
    code: 'idempotency-key-reused',
    status: 422,
    title: {
      en: 'The Idempotency-Key was used for another request',
      'zh-CN': 'Idempotency-Key 已用于其他请求',
    },
    detail: {
      en: 'This key belongs to a request with other parameters or another body. Repeat that one exactly, or take a new key.',
      'zh-CN': '此键属于参数或内容不同的请求。请原样重发该请求，或使用新的键。',
    },
  },
  answerTooLarge: {
    code: 'idempotency-answer-too-large',
    status: 409,
    title: { en: 'Done before, but the answer was not kept', 'zh-CN': '请求已完成，但结果未保留' },
    detail: {
      en: 'The first request with this Idempotency-Key took effect; its answer was too large to keep. Read the result instead of repeating.',
      'zh-CN':
        '带有此 Idempotency-Key 的首次请求已经生效，但结果过大未能保留。请直接查询结果，不要重复提交。',
    },
  },
});
