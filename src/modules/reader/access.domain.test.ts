import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChapterOfBook } from '../bookstore/index.js';
import { decidePaid, insiderReason, isVisible, plainReason } from './access.domain.js';
import { noBenefits } from './reader.port.js';

const author = { userId: 'author', roles: ['reader', 'author'] };
const stranger = { userId: 'stranger', roles: ['reader', 'author'] };
const staff = ['reviewer', 'operator', 'admin'].map((role) => ({ userId: role, roles: ['reader', role] }));
const now = new Date('2025-03-01T08:00:00.000Z');

function chapter(overrides: Partial<ChapterOfBook> = {}, vipLibrary = false): ChapterOfBook {
  return {
    id: 'chapter',
    bookId: 'book',
    number: 4,
    volume: undefined,
    title: '第四章',
    wordCount: 1_000,
    access: 'paid',
    priceCoins: 5,
    publishedAt: now,
    version: 1,
    book: { title: '夜渡', authorId: 'author', authorName: '陈一', vipLibrary },
    ...overrides,
  };
}

describe('a chapter that is not yet published', () => {
  const later = chapter({ publishedAt: new Date(now.getTime() + 1), access: 'free', priceCoins: 0 });

  it('is known to its author and to staff only', () => {
    for (const viewer of [author, ...staff]) expect(isVisible(later, viewer, now)).toBe(true);
    for (const viewer of [undefined, stranger]) expect(isVisible(later, viewer, now)).toBe(false);
  });

  it('appears for everyone in its very millisecond', () => {
    expect(isVisible(later, undefined, new Date(now.getTime() + 1))).toBe(true);
  });
});

describe('a paid chapter', () => {
  it('is open to its author and to every staff role, not to other authors', () => {
    expect(plainReason(chapter(), author)).toBe('author');
    for (const viewer of staff) expect(plainReason(chapter(), viewer)).toBe('staff');
    for (const viewer of [undefined, stranger]) expect(plainReason(chapter(), viewer)).toBeUndefined();
  });

  it('is open to whoever bought it, in the library or not', () => {
    const decision = decidePaid(chapter(), stranger, { owned: true, benefits: noBenefits });
    expect(decision).toEqual({ allowed: true, why: 'bought' });
  });

  it('is open by the library benefit only where the book is in the library', () => {
    const member = { owned: false, benefits: { ...noBenefits, vipLibrary: true } };
    expect(decidePaid(chapter({}, true), stranger, member)).toEqual({ allowed: true, why: 'vip-library' });
    expect(decidePaid(chapter({}, false), stranger, member).allowed).toBe(false);
    expect(decidePaid(chapter({}, true), stranger, { owned: false, benefits: noBenefits })).toEqual({
      allowed: false,
      priceCoins: 5,
      myPriceCoins: 5,
      unlock: [{ way: 'purchase', priceCoins: 5 }, { way: 'vip-library' }],
    });
  });

  it('asks a guest to sign in first', () => {
    expect(decidePaid(chapter(), undefined, { owned: false, benefits: noBenefits })).toMatchObject({
      unlock: [{ way: 'sign-in' }, { way: 'purchase', priceCoins: 5 }],
    });
  });

  it('costs the discounted price rounded up, never more than the full one and never a fraction', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.integer({ min: 1, max: 100 }),
        (priceCoins, percent) => {
          const benefits = { ...noBenefits, chapterPricePercent: percent };
          const decision = decidePaid(chapter({ priceCoins }), stranger, { owned: false, benefits });
          if (decision.allowed) throw new Error('it was opened');
          const { myPriceCoins } = decision;
          expect(Number.isInteger(myPriceCoins)).toBe(true);
          expect(myPriceCoins).toBeLessThanOrEqual(priceCoins);
          expect(myPriceCoins * 100).toBeGreaterThanOrEqual(priceCoins * percent);
          expect((myPriceCoins - 1) * 100).toBeLessThan(priceCoins * percent);
        },
      ),
    );
  });

  it('opens for nobody without one of the reasons, whoever asks', () => {
    const viewer = fc.option(
      fc.record({
        userId: fc.string(),
        roles: fc.array(fc.constantFrom('reader', 'author', 'Admin', 'staff', '*')),
      }),
      { nil: undefined },
    );
    fc.assert(
      fc.property(viewer, fc.boolean(), (who, vipLibrary) => {
        fc.pre(who?.userId !== 'author');
        expect(insiderReason(chapter(), who)).toBeUndefined();
        expect(decidePaid(chapter({}, vipLibrary), who, { owned: false, benefits: noBenefits }).allowed).toBe(
          false,
        );
      }),
    );
  });
});

it('a free chapter is open to guests', () => {
  expect(plainReason(chapter({ access: 'free', priceCoins: 0 }), undefined)).toBe('free');
});
