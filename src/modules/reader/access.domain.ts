import type { ChapterOfBook } from '../bookstore/index.js';
import type { OpenReason, ReadingBenefits, ReadingDecision, Unlock } from './reader.port.js';

/** Who asks, as far as it matters here; undefined is a guest. */
export type Viewer = { readonly userId: string; readonly roles: readonly string[] } | undefined;

const staffRoles: ReadonlySet<string> = new Set(['reviewer', 'operator', 'admin']);

/** The author of the book, or staff: they see everything of it, published or not. */
export function insiderReason(chapter: ChapterOfBook, viewer: Viewer): 'author' | 'staff' | undefined {
  if (viewer === undefined) return undefined;
  if (viewer.userId === chapter.book.authorId) return 'author';
  return viewer.roles.some((role) => staffRoles.has(role)) ? 'staff' : undefined;
}

/** Whether the viewer may learn that the chapter exists. */
export function isVisible(chapter: ChapterOfBook, viewer: Viewer, now: Date): boolean {
  const { publishedAt } = chapter;
  return (publishedAt !== undefined && publishedAt <= now) || insiderReason(chapter, viewer) !== undefined;
}

/** The reason that needs no look at purchases and memberships. */
export function plainReason(chapter: ChapterOfBook, viewer: Viewer): OpenReason | undefined {
  return chapter.access === 'free' ? 'free' : insiderReason(chapter, viewer);
}

/** Decides about a visible paid chapter of somebody else's book. */
export function decidePaid(
  chapter: ChapterOfBook,
  viewer: Viewer,
  { owned, benefits }: { readonly owned: boolean; readonly benefits: ReadingBenefits },
): ReadingDecision {
  if (owned) return { allowed: true, why: 'bought' };
  const { vipLibrary } = chapter.book;
  if (vipLibrary && benefits.vipLibrary) return { allowed: true, why: 'vip-library' };
  const myPriceCoins = Math.ceil((chapter.priceCoins * benefits.chapterPricePercent) / 100);
  const unlock: Unlock[] = [
    ...(viewer === undefined ? [{ way: 'sign-in' } as const] : []),
    { way: 'purchase', priceCoins: myPriceCoins },
    ...(vipLibrary ? [{ way: 'vip-library' } as const] : []),
  ];
  return { allowed: false, priceCoins: chapter.priceCoins, myPriceCoins, unlock };
}
