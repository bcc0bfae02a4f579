import { type AppError, defineErrors } from '../../platform/errors/index.js';
import type { Denied } from './reader.port.js';

export const readerErrors = defineErrors({
  chapterNotFound: {
    code: 'chapter-not-found',
    status: 404,
    title: { 'zh-CN': '找不到这一章', en: 'No such chapter' },
    detail: {
      'zh-CN': '没有编号为 {id} 的已发布章节。请检查编号，或从目录重新进入。',
      en: 'No published chapter has the id {id}. Check the id, or find it in the list of chapters again.',
    },
  },
  chapterLocked: {
    code: 'chapter-locked',
    status: 403,
    title: { 'zh-CN': '本章需要解锁', en: 'The chapter is locked' },
    detail: {
      'zh-CN': '本章为付费章节，您的价格是 {myPrice} 青羽币。解锁方式见 unlock，preview 为免费试读。',
      en: 'This is a paid chapter; it costs you {myPrice} coins. `unlock` names the ways to open it, `preview` is its free beginning.',
    },
  },
});

/** The problem that a route answers for a denial; `preview` where the text itself was asked for. */
export function lockedProblem(denied: Denied, preview?: string): AppError {
  return readerErrors.chapterLocked({
    params: { myPrice: denied.myPriceCoins },
    extensions: { ...denialView(denied), ...(preview !== undefined && { preview }) },
  });
}

/** A denial as the API shows it. */
export function denialView({ priceCoins, myPriceCoins, unlock }: Denied) {
  return {
    price: priceCoins,
    myPrice: myPriceCoins,
    unlock: unlock.map(({ way, priceCoins: price }) => ({ way, ...(price !== undefined && { price }) })),
  };
}
