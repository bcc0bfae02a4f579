import pg from 'pg';

type Parser = (text: string) => unknown;

/** Types whose values differ from what the driver makes of them by itself, by their object id. */
const int8 = 20;
const int8Array = 1016;
const date = 1082;
const dateArray = 1182;
const timestamp = 1114;
const numericArray = 1231;
const textArray = 1009;

const identity: Parser = (text) => text;
const parseTextArray: (text: string) => (string | null)[] = pg.types.getTypeParser(textArray as number);

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(
      `the database returned the integer ${text}, which a JavaScript number can't hold exactly`,
    );
  }
  return value;
}

const parsers: ReadonlyMap<number, Parser> = new Map<number, Parser>([
  [int8, parseInt8],
  [int8Array, (text) => parseTextArray(text).map((item) => (item === null ? null : parseInt8(item)))],
  [date, identity],
  [dateArray, parseTextArray],
  [numericArray, parseTextArray],
  // Without a zone it means UTC, as the session does, never the zone of this machine.
  [timestamp, (text) => new Date(`${text.replace(' ', 'T')}Z`)],
]);

/**
 * JavaScript values of both engines: int8 a number (an error past 2^53), numeric a string (exact),
 * timestamptz a Date, date `YYYY-MM-DD`, json and jsonb parsed, bytea a Buffer, arrays of these.
 */
export const valueTypes = {
  getTypeParser(typeId: number, format?: 'text' | 'binary'): Parser {
    const own = format === 'binary' ? undefined : parsers.get(typeId);
    return own ?? (pg.types.getTypeParser(typeId, format as 'text') as Parser);
  },
} as pg.CustomTypesConfig;
