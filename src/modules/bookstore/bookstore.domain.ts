import type { BookStatus } from './bookstore.port.js';

/** Characters of a text without its white space; one outside the basic plane counts once. */
export function wordCount(text: string): number {
  const spaces = text.match(/\s/g)?.length ?? 0;
  const pairs = text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0;
  return text.length - spaces - pairs;
}

export type ChapterAccess = 'free' | 'paid';

export interface PricingRules {
  /** The first chapters of a book are free for everyone. */
  readonly freeChapters: number;
  readonly coinsPerThousandCharacters: number;
}

/** What an author decided about a chapter; undefined: the rules decide. */
export interface ChosenOffer {
  readonly access?: ChapterAccess | undefined;
  readonly priceCoins?: number | undefined;
}

/**
 * Access and price (coins, whole) of the chapter at place `number`; a chapter that costs nothing is free, and so are the
 * first ones of a book whatever its author chose.
 */
export function offerOf(
  chapter: { readonly number: number; readonly wordCount: number },
  rules: PricingRules,
  chosen: ChosenOffer = {},
): { access: ChapterAccess; priceCoins: number } {
  const byLength = Math.ceil((chapter.wordCount * rules.coinsPerThousandCharacters) / 1_000);
  const priceCoins = chosen.access === 'free' ? 0 : (chosen.priceCoins ?? byLength);
  if (chapter.number <= rules.freeChapters || priceCoins === 0) return { access: 'free', priceCoins: 0 };
  return { access: 'paid', priceCoins };
}

export const bookSorts = ['updated', 'newest', 'words'] as const;
export type BookSort = (typeof bookSorts)[number];

export interface BookFilter {
  readonly category?: string | undefined;
  readonly status?: BookStatus | undefined;
}

/** The sort key and id of a page's last book; moments as ISO 8601. */
export interface BookPosition {
  readonly key: string | number;
  readonly id: string;
}
