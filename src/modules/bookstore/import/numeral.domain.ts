const digits: Readonly<Record<string, number>> = Object.fromEntries(
  ['〇零○', '一壹弌', '二贰貳两兩', '三叁參', '四肆', '五伍', '六陆陸', '七柒', '八捌', '九玖'].flatMap(
    (forms, value) => [...forms].map((form) => [form, value]),
  ),
);

const units: Readonly<Record<string, number>> = {
  十: 10,
  拾: 10,
  百: 100,
  佰: 100,
  千: 1_000,
  仟: 1_000,
};

/** Tens written as one character. */
const tens: Readonly<Record<string, number>> = { 廿: 20, 卅: 30, 卌: 40 };

/** The characters of a Chinese numeral, for use within a character class. */
export const numeralCharacters = [
  ...Object.keys(digits),
  ...Object.keys(units),
  ...Object.keys(tens),
  '万',
  '萬',
].join('');

/**
 * The value of a chapter's number: `12`, `十二`, `百零三`, `两百`, `廿一`, `一〇三`, and `一百一`, which in a
 * heading means 101. Nothing for what is no number.
 */
export function numeralValue(text: string): number | undefined {
  if (/^[0-9]{1,7}$/.test(text)) return Number(text);
  const characters = [...text];
  if (characters.length === 0) return undefined;
  if (characters.length > 1 && characters.every((c) => c in digits)) {
    return characters.reduce((value, c) => value * 10 + (digits[c] ?? 0), 0);
  }
  let [total, section, digit] = [0, 0, 0];
  for (const character of characters) {
    if (character in digits) digit = digits[character] ?? 0;
    else if (character in tens) section += tens[character] ?? 0;
    else if (character in units) {
      section += (digit || 1) * (units[character] ?? 1);
      digit = 0;
    } else if (character === '万' || character === '萬') {
      total += (section + digit || 1) * 10_000;
      [section, digit] = [0, 0];
    } else return undefined;
  }
  return total + section + digit;
}

const romanDigits: Readonly<Record<string, number>> = { i: 1, v: 5, x: 10, l: 50, c: 100, d: 500, m: 1_000 };
const romanNumeral = /^m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})$/i;
const englishNumbers =
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty'.split(
    ' ',
  );

/** The value of an English heading's number: `12`, `XII`, `Twelve` (up to twenty). */
export function englishNumberValue(text: string): number | undefined {
  if (/^[0-9]{1,7}$/.test(text)) return Number(text);
  const word = englishNumbers.indexOf(text.toLowerCase());
  if (word >= 0) return word + 1;
  if (!text || !romanNumeral.test(text)) return undefined;
  const values = [...text.toLowerCase()].map((c) => romanDigits[c] ?? 0);
  return values.reduce((sum, value, i) => sum + (value < (values[i + 1] ?? 0) ? -value : value), 0);
}
