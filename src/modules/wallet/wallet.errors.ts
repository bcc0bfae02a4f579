import { type AppError, defineErrors } from '../../platform/errors/index.js';
import type { WalletDenial } from './wallet.port.js';

export const walletErrors = defineErrors({
  insufficientBalance: {
    code: 'insufficient-balance',
    status: 409,
    title: { 'zh-CN': '余额不足', en: 'The balance is too low' },
    detail: {
      'zh-CN': '余额还差 {missing} 青羽币，没有扣款。请充值后重试。',
      en: '{missing} coins are missing; nothing was taken. Recharge the wallet and try again.',
    },
  },
  walletLocked: {
    code: 'wallet-locked',
    status: 403,
    title: { 'zh-CN': '钱包已被锁定', en: 'The wallet is locked' },
    detail: {
      'zh-CN': '钱包已被工作人员锁定，解锁之前不能转出任何青羽币。如有疑问请联系客服。',
      en: 'The staff locked this wallet; nothing moves out of it until it is unlocked. Ask the support if you think that is wrong.',
    },
  },
  amountInvalid: {
    code: 'amount-invalid',
    status: 400,
    title: { 'zh-CN': '金额不正确', en: 'The amount is not valid' },
    detail: {
      'zh-CN': '此处的金额应为 {min} 到 {max} 之间的整数。请修改后重试。',
      en: 'A whole amount from {min} to {max} is expected here. Correct it and try again.',
    },
  },
  providerUnknown: {
    code: 'payment-provider-unknown',
    status: 400,
    title: { 'zh-CN': '不支持该支付方式', en: 'There is no such payment provider' },
    detail: {
      'zh-CN': '没有这种支付方式。可用的支付方式：{known}。',
      en: 'Nobody takes payments under that name. Choose one of: {known}.',
    },
  },
  callbackRefused: {
    code: 'payment-callback-refused',
    status: 401,
    title: { 'zh-CN': '支付回调被拒绝', en: 'The callback is refused' },
    detail: {
      'zh-CN': '回调的签名或时间戳不正确，没有入账。请检查签名密钥和时钟。',
      en: 'Its signature or its moment is not right, so nothing was credited. Check the key and the clock that sign it.',
    },
  },
  callbackUndelivered: {
    code: 'payment-callback-undelivered',
    status: 503,
    title: { 'zh-CN': '支付通知未送达', en: 'The payment could not be told' },
    detail: {
      'zh-CN': '沙箱未能把支付结果通知到服务器。请重新支付：同一订单不会重复入账。',
      en: 'The sandbox could not tell the server of the payment. Pay again: an order is never credited twice.',
    },
  },
  authorsOnly: {
    code: 'authors-only',
    status: 403,
    title: { 'zh-CN': '仅限作者', en: 'Only for authors' },
    detail: {
      'zh-CN': '只有作者可以提现稿费收益。发布第一本书后即可成为作者。',
      en: 'Only authors withdraw earnings. Whoever opens a first book is one.',
    },
  },
  withdrawalState: {
    code: 'withdrawal-state',
    status: 409,
    title: { 'zh-CN': '提现单状态已变更', en: 'The withdrawal is past that' },
    detail: {
      'zh-CN': '该提现单的当前状态不允许此操作，没有任何变更。请刷新后查看。',
      en: 'Its status does not allow this any more; nothing was changed. Read it again.',
    },
  },
  withdrawalOwn: {
    code: 'withdrawal-own',
    status: 403,
    title: { 'zh-CN': '不能审核自己的提现', en: 'Nobody reviews their own withdrawal' },
    detail: {
      'zh-CN': '不能审核自己的提现申请，请由其他工作人员处理。',
      en: 'Another member of the staff has to review this one.',
    },
  },
  withdrawalSameReviewer: {
    code: 'withdrawal-same-reviewer',
    status: 409,
    title: { 'zh-CN': '需要另一位审核人', en: 'A second reviewer is needed' },
    detail: {
      'zh-CN': '该金额需要两位不同的审核人通过，您已通过一次。',
      en: 'An amount like this needs two different reviewers, and you were the first.',
    },
  },
  withdrawalTooEarly: {
    code: 'withdrawal-too-early',
    status: 409,
    title: { 'zh-CN': '尚未到打款日期', en: 'It is too early to pay' },
    detail: {
      'zh-CN': '提现按 T+1 打款，请在 payableAt 之后再操作。',
      en: 'Withdrawals are paid on the next day: try again after its payableAt.',
    },
  },
  transfersDisabled: {
    code: 'transfers-disabled',
    status: 403,
    title: { 'zh-CN': '未开放转账', en: 'Transfers are not enabled' },
    detail: {
      'zh-CN': '本平台未开放用户间转账。',
      en: 'This installation does not let users send coins to each other.',
    },
  },
  transferRecipient: {
    code: 'transfer-recipient',
    status: 404,
    title: { 'zh-CN': '收款人不可用', en: 'Nobody to send to' },
    detail: {
      'zh-CN': '收款人不存在、已停用，或就是您自己。请检查后重试。',
      en: 'The recipient does not exist, is not active, or is yourself. Check and try again.',
    },
  },
  transferLimit: {
    code: 'transfer-limit',
    status: 409,
    title: { 'zh-CN': '超出每日转账上限', en: 'The daily limit is reached' },
    detail: {
      'zh-CN': '今天还可以转出 {left} 青羽币，每日上限为 {max}。请减少金额或明天再试。',
      en: 'You can still send {left} coins today, at most {max} a day. Send less or wait until tomorrow.',
    },
  },
});

/** The problem that a route answers for a denial. */
export function walletProblem(denial: WalletDenial): AppError {
  switch (denial.reason) {
    case 'insufficient-balance': {
      const { missing } = denial;
      return walletErrors.insufficientBalance({ params: { missing }, extensions: { missing } });
    }
    case 'wallet-locked':
      return walletErrors.walletLocked();
    case 'amount-invalid':
      return walletErrors.amountInvalid({ params: { min: denial.min ?? 1, max: denial.max } });
  }
}
