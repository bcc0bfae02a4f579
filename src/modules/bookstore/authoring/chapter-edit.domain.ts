import type { AppError } from '../../../platform/errors/index.js';
import { type ChapterAccess, offerOf, type PricingRules, wordCount } from '../bookstore.domain.js';
import { bookstoreErrors } from '../bookstore.errors.js';
import { plainLine, plainText } from './plain-text.domain.js';

/** What an author sends of a chapter; what is absent stays as it is. `null` gives a choice back to the rules. */
export interface ChapterEdit {
  readonly volume?: string | null | undefined;
  readonly title?: string | undefined;
  readonly text?: string | undefined;
  readonly access?: ChapterAccess | null | undefined;
  readonly price?: number | null | undefined;
}

/** What an edit leaves in a chapter. */
export interface ChapterContent {
  readonly volume: string | undefined;
  readonly title: string;
  readonly text: string;
  readonly wordCount: number;
  readonly access: ChapterAccess;
  readonly priceCoins: number;
  readonly chosenAccess: ChapterAccess | undefined;
  readonly chosenPriceCoins: number | undefined;
}

interface ChapterPlace {
  readonly number: number;
  readonly rules: PricingRules;
  /** Whether it is before readers, or will be. */
  readonly published?: boolean;
}

const unwritten: Pick<ChapterContent, 'title' | 'text' | 'wordCount'> & Partial<ChapterContent> = {
  ...{ title: '', text: '', wordCount: 0 },
};

/** A chapter after an edit; `before` is undefined for a new one. */
export function editedChapter(
  before: ChapterContent | undefined,
  edit: ChapterEdit,
  { number, rules }: ChapterPlace,
): ChapterContent {
  const { title, text, wordCount: words, volume, ...chosen } = before ?? unwritten;
  const writtenText = edit.text === undefined ? text : plainText(edit.text);
  const writtenWords = edit.text === undefined ? words : wordCount(writtenText);
  const chosenAccess = edit.access === undefined ? chosen.chosenAccess : (edit.access ?? undefined);
  const price = edit.price === undefined ? chosen.chosenPriceCoins : (edit.price ?? undefined);
  const chosenPriceCoins = chosenAccess === 'free' ? undefined : price;
  const choice = { access: chosenAccess, priceCoins: chosenPriceCoins };
  return {
    ...{ chosenAccess, chosenPriceCoins, text: writtenText, wordCount: writtenWords },
    title: edit.title === undefined ? title : plainLine(edit.title),
    volume: edit.volume === undefined ? volume : plainLine(edit.volume ?? '') || undefined,
    ...offerOf({ number, wordCount: writtenWords }, rules, choice),
  };
}

/** Why an edit cannot be taken; undefined when it can. */
export function chapterRefusal(
  { title, text }: ChapterContent,
  { access, price }: ChapterEdit,
  { number, rules: { freeChapters }, published = false }: ChapterPlace,
): AppError | undefined {
  if (title === '') return bookstoreErrors.nothingLeft({ params: { field: 'title' } });
  if (text === '' && published) return bookstoreErrors.chapterEmpty();
  if (access === 'free' && typeof price === 'number') return bookstoreErrors.chapterPriceInvalid();
  if (number > freeChapters || (access !== 'paid' && typeof price !== 'number')) return undefined;
  return bookstoreErrors.chapterAlwaysFree({ params: { freeChapters, number } });
}
