import { englishNumberValue, numeralCharacters, numeralValue } from './numeral.domain.js';

/** From the largest part of a book to the smallest. `special` stands beside the chapters: 楔子, 尾声, 番外. */
export type HeadingLevel = 'volume' | 'chapter' | 'section' | 'special';

export interface Heading {
  readonly level: HeadingLevel;
  /** The whole heading as readers see it, without `#` and brackets, spaces made single. */
  readonly text: string;
  /** What follows the number: `甄士隐梦幻识通灵 贾雨村风尘怀闺秀`; empty for a bare 第一回. */
  readonly name: string;
  readonly number?: number;
  /** The volume named in the same line: `第一卷 风起 第三章 夜渡`. */
  readonly volume?: string;
  /** False when a line of prose may begin in the same way; the neighbours then decide. */
  readonly certain: boolean;
}

/** Longer lines are prose. */
export const headingCharactersMax = 80;
const nameCharactersMax = 50;

const levels: Readonly<Record<string, HeadingLevel>> = {
  ...Object.fromEntries([...'章回话話折幕'].map((unit) => [unit, 'chapter' as const])),
  ...Object.fromEntries([...'节節'].map((unit) => [unit, 'section' as const])),
  ...Object.fromEntries([...'卷部册冊季集辑輯篇'].map((unit) => [unit, 'volume' as const])),
};

const numeral = `[0-9]{1,7}|[${numeralCharacters}]{1,12}`;
const numbered = new RegExp(`^第 ?(${numeral}) ?([${Object.keys(levels).join('')}])(.*)$`);
const unitFirst = new RegExp(`^([卷]) ?(?:之|第)? ?(${numeral})(.*)$`);
const english = /^(chapter|section|volume|book|part) +([0-9]+|[a-z]+)(.*)$/i;
const special = new RegExp(
  `^(序章|序言|序幕|自序|代序|序|楔子|引子|引言|前言|尾声|尾聲|终章|終章|后记|後記|跋|附录|附錄|番外篇?|外传|外傳|大结局|大結局|` +
    `完本感言|完结感言|完結感言|上架感言|prologue|epilogue|preface|foreword|afterword)((?:[${numeralCharacters}0-9]{1,4})?)(.*)$`,
  'i',
);
/** Compounds that begin with a unit and make no heading: 第一回合, 第三部分, 第一季度, 第二节课. */
const compound =
  /^(?:回合|回来|回去|部分|部队|部隊|集团|集團|集合|集训|集訓|季度|节课|節課|篇文章|章节|章節|话题|話題|幕后|卷轴)/;
const separator = /^(?: ?[:：、.．·•—–\-|｜]+ ?| )/;
const opensBracket = /^[（(【[《〈「『]/;

/** Reads one line, already trimmed, as a heading; nothing when it cannot be one. */
export function parseHeading(line: string): Heading | undefined {
  if (line.length === 0 || line.length > headingCharactersMax) return undefined;
  const text = normalised(line);
  return parseNumbered(text) ?? parseUnitFirst(text) ?? parseEnglish(text) ?? parseSpecial(text);
}

function normalised(line: string): string {
  const plain = line
    .replace(/[０-９＃]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/\s+/g, ' ')
    .replace(/^#{1,6} ?/, '')
    .replace(/ ?#{1,6}$/, '');
  const unwrapped = /^[【[〔](.+)[】\]〕]$/.exec(plain)?.[1] ?? plain;
  return unwrapped.replace(/^(?:正文|VIP章节)[ :：]+/, '').trim();
}

function parseNumbered(text: string): Heading | undefined {
  const match = numbered.exec(text);
  if (!match) return undefined;
  const [, digits = '', unit = '', rest = ''] = match;
  const number = numeralValue(digits);
  if (number === undefined || compound.test(unit + rest)) return undefined;
  const level = levels[unit] ?? 'chapter';
  return (level === 'volume' && chapterWithin(text, rest)) || heading(text, level, number, rest);
}

/** `第一卷 风起 第三章 夜渡` is the third chapter, in that volume. */
function chapterWithin(text: string, rest: string): Heading | undefined {
  const at = / 第/.exec(rest)?.index;
  if (at === undefined) return undefined;
  const inner = parseNumbered(rest.slice(at + 1));
  if (!inner || inner.level === 'volume') return undefined;
  return { ...inner, volume: text.slice(0, text.length - rest.length + at).trim() };
}

function parseUnitFirst(text: string): Heading | undefined {
  const match = unitFirst.exec(text);
  if (!match) return undefined;
  const [, , digits = '', rest = ''] = match;
  const number = numeralValue(digits);
  const found = number === undefined ? undefined : heading(text, 'volume', number, rest);
  return found?.certain ? found : undefined;
}

function parseEnglish(text: string): Heading | undefined {
  const match = english.exec(text);
  if (!match) return undefined;
  const [, word = '', digits = '', rest = ''] = match;
  const number = englishNumberValue(digits);
  if (number === undefined || (rest && !separator.test(rest))) return undefined;
  const level = ({ chapter: 'chapter', section: 'section' } as const)[word.toLowerCase()] ?? 'volume';
  if (/^ [a-z]/.test(rest) || /[,;]$/.test(rest)) return undefined;
  return heading(text, level, number, rest);
}

function parseSpecial(text: string): Heading | undefined {
  const match = special.exec(text);
  if (!match) return undefined;
  const [, , digits = '', rest = ''] = match;
  const found = heading(text, 'special', numeralValue(digits), rest);
  return found?.certain ? found : undefined;
}

function heading(
  text: string,
  level: HeadingLevel,
  number: number | undefined,
  rest: string,
): Heading | undefined {
  const apart = rest === '' || separator.test(rest) || opensBracket.test(rest);
  const name = rest.replace(separator, '').trim();
  if (name.length > nameCharactersMax || (!apart && readsLikeProse(name))) return undefined;
  const certain = apart && !readsLikeProse(name);
  return { level, text, name, certain, ...(number !== undefined && { number }) };
}

/** Titles have no full stops, and do not go on from the number as a sentence does (第四回中, 第三章的). */
function readsLikeProse(name: string): boolean {
  return /[。；;]|[，、,:：”’.]$|^[，,的了里裡]|^中(?:既|的|，|已|所|有|也|就|说|說)/.test(name);
}
