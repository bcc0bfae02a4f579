import { defineErrors } from '../../platform/errors/index.js';

export const aiErrors = defineErrors({
  notConfigured: {
    code: 'ai-not-configured',
    status: 503,
    title: { 'zh-CN': 'AI 写作尚未配置', en: 'AI writing is not configured' },
    detail: {
      'zh-CN': '本平台没有配置任何 AI 服务商（ai.providers 为空）。请联系管理员。',
      en: 'This installation has no AI provider (ai.providers is empty). Ask its administrator to configure one.',
    },
  },
  modelUnknown: {
    code: 'model-unknown',
    status: 400,
    title: { 'zh-CN': '没有这个模型', en: 'There is no such model' },
    detail: {
      'zh-CN': '没有名为「{model}」的模型，可用的有：{models}。',
      en: 'There is no model "{model}"; available are: {models}.',
    },
  },
  textTooLong: {
    code: 'text-too-long',
    status: 400,
    title: { 'zh-CN': '文本超出模型的窗口', en: 'The text does not fit the model' },
    detail: {
      'zh-CN':
        '文本的最后一段连同要求约 {tokens} 个 token，模型在输出之外只容得下 {limit} 个。请缩短或分段后重试。',
      en: 'The last paragraph with its instruction takes about {tokens} tokens; beside the answer the model has room for {limit}. Shorten it or break it into paragraphs.',
    },
  },
  busy: {
    code: 'ai-busy',
    status: 503,
    title: { 'zh-CN': 'AI 写作繁忙', en: 'AI writing is busy' },
    detail: {
      'zh-CN': '同时进行的 AI 调用过多，这次调用没有执行，也没有扣费。请在 {seconds} 秒后重试。',
      en: 'Too many AI calls run at once, so this one did not run and costs nothing. Try again in {seconds} seconds.',
    },
  },
  stopping: {
    code: 'ai-stopping',
    status: 503,
    title: { 'zh-CN': '服务正在重启', en: 'The server is restarting' },
    detail: {
      'zh-CN': '服务正在停止，这次调用没有产生内容，也没有扣费。请在 {seconds} 秒后重试。',
      en: 'The server is stopping; this call produced nothing and costs nothing. Try again in {seconds} seconds.',
    },
  },
  providerFailed: {
    code: 'provider-failed',
    status: 502,
    title: { 'zh-CN': 'AI 服务商没有响应', en: 'The AI provider failed' },
    detail: {
      'zh-CN': '服务商 {provider} 在产生内容之前出错，没有扣费。请稍后重试，或换一个模型。',
      en: 'The provider {provider} failed before it produced anything; nothing was charged. Try again later or choose another model.',
    },
  },
  providerInterrupted: {
    code: 'provider-interrupted',
    status: 502,
    title: { 'zh-CN': 'AI 生成中断', en: 'The AI provider broke off' },
    detail: {
      'zh-CN':
        '服务商 {provider} 中途出错，已产生的内容按 {chargedTokens} 个 token 计费，可通过 GET /ai/calls/{callId} 取回。',
      en: 'The provider {provider} broke off; what it had produced was charged with {chargedTokens} tokens and can be read at GET /ai/calls/{callId}.',
    },
  },
  settlementDelayed: {
    code: 'settlement-delayed',
    status: 503,
    title: { 'zh-CN': '扣费暂时无法确认', en: 'The charge is not known yet' },
    detail: {
      'zh-CN': '内容已生成，但暂时无法确认扣费；最多按已记录的用量计费，稍后可在额度明细中查看。',
      en: 'The text was produced but its charge could not be written yet; what was noted so far will be charged. The quota history shows it later.',
    },
  },
});
