import type { Caller } from '../../platform/http/index.js';
import { port } from '../../platform/kernel/index.js';
import type { ChapterOfBook } from '../bookstore/index.js';

/** Why a chapter is open, the simplest reason first. */
export type OpenReason = 'free' | 'author' | 'staff' | 'bought' | 'vip-library';

export type UnlockWay = 'sign-in' | 'purchase' | 'vip-library';

/** What opens a locked chapter. */
export interface Unlock {
  readonly way: UnlockWay;
  /** For a purchase: what this reader pays. */
  readonly priceCoins?: number;
}

export type ReadingDecision =
  | { readonly allowed: true; readonly why: OpenReason }
  | {
      readonly allowed: false;
      readonly priceCoins: number;
      /** After the reader's discount, rounded up to the coin. */
      readonly myPriceCoins: number;
      readonly unlock: readonly Unlock[];
    };

export type Allowed = Extract<ReadingDecision, { allowed: true }>;
export type Denied = Extract<ReadingDecision, { allowed: false }>;

export type ChapterReadingResult =
  | (Allowed & { readonly chapter: ChapterOfBook; readonly text: string })
  | (Denied & { readonly chapter: ChapterOfBook });

/** The text of chapters, for everything that may show it; there is no other way to it. */
export interface ChapterReadingPort {
  /**
   * The text, or why not; `undefined` when there is no such chapter that the caller may know of.
   * `chapterId` is a UUID, `caller` undefined for a guest. A text is never answered on a doubt: when
   * what decides (ownership, membership, the database) does not answer, it raises an error.
   */
  read(caller: Caller | undefined, chapterId: string): Promise<ChapterReadingResult | undefined>;
}

export const ChapterReading = port<ChapterReadingPort>('reader.chapter-reading');

/** Policy: which chapters a reader has bought. Without an implementation, none. */
export interface OwnershipPort {
  owns(userId: string, chapterId: string): Promise<boolean>;
}

export const Ownership = port<OwnershipPort>('reader.ownership', {
  whenAbsent: { owns: async () => false },
});

export interface ReadingBenefits {
  /** Opens the paid chapters of books in the library. */
  readonly vipLibrary: boolean;
  readonly adFree: boolean;
  /** What a chapter costs the reader, percent of its price, whole. */
  readonly chapterPricePercent: number;
}

/** Policy: what a membership gives its holder now. Without an implementation, nothing. */
export interface MembershipPort {
  benefitsOf(userId: string): Promise<ReadingBenefits>;
}

export const noBenefits: ReadingBenefits = Object.freeze({
  vipLibrary: false,
  adFree: false,
  chapterPricePercent: 100,
});

export const Membership = port<MembershipPort>('reader.membership', {
  whenAbsent: { benefitsOf: async () => noBenefits },
});
