import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLine } from './csv.js';

/** A reader of RFC 4180, to hold the writer against. */
function parse(line: string): string[] {
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    let cell = '';
    if (line[at] === '"') {
      for (at += 1; ; at += 1) {
        if (line[at] !== '"') cell += line[at];
        else if (line[at + 1] === '"') {
          cell += '"';
          at += 1;
        } else break;
      }
      at += 1;
    } else while (at < line.length && line[at] !== ',' && line[at] !== '\r') cell += line[at++];
    cells.push(cell);
    if (line[at] === ',') at += 1;
    else {
      expect(line.slice(at)).toBe('\r\n');
      return cells;
    }
  }
}

describe('a line of CSV', () => {
  it('quotes what would end a cell, and nothing else', () => {
    expect(csvLine(['a', 'b c', 'd,e', 'f"g', 'h\r\ni', null, ''])).toBe('a,b c,"d,e","f""g","h\r\ni",,\r\n');
  });

  it('reads back as it was written, but for the apostrophe before a formula', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), (cells) => {
        const read = parse(csvLine(cells));
        expect(read.map((cell, n) => (cell === `'${cells[n]}` ? cells[n] : cell))).toEqual(cells);
      }),
    );
  });

  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    ' =1',
    '\u200b=1',
    '＝1',
    '=cmd|"/c calc"!A1',
    '\n@x',
  ])('never begins a cell as a formula: %j', (text) => {
    const [cell] = parse(csvLine([text]));
    expect(cell).toBe(`'${text}`);
  });

  it('leaves harmless text alone', () => {
    for (const text of ['a=1', '1-2', 'x@y', '{"a":1}', '雨', '1.5'])
      expect(parse(csvLine([text]))).toEqual([text]);
  });
});
