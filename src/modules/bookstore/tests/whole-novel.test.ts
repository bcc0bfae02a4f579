import { existsSync, readFileSync } from 'node:fs';
import iconv from 'iconv-lite';
import { expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { filePart, startBookstore } from './bookstore-harness.js';
import { epubOf } from './epub-file.js';

const file = new URL('../../../../../shared/data/hongloumeng.txt', import.meta.url);
const there = existsSync(file);

/** Big5 has no simplified characters: a square stands for each of those. */
function big5Writable(text: string): string {
  const square = '□';
  const written = iconv.decode(iconv.encode(text, 'Big5'), 'Big5');
  return [...text].map((character, i) => (written.charAt(i) === character ? character : square)).join('');
}

describeEachEngine('a whole novel', (open) => {
  it.skipIf(!there)(
    `of ../shared as UTF-8, GB18030, Big5 and EPUB is 120 chapters each, with the same texts${there ? '' : ' (skipped: ../shared/data/hongloumeng.txt is not there)'}`,
    async () => {
      const store = await startBookstore(open);
      const user = await store.user('cao_xueqin');
      const chaptersOf = async (bookId: string) => {
        const { items, nextCursor } = (await store.get(`/books/${bookId}/chapters?limit=100`)).body;
        const rest = (await store.get(`/books/${bookId}/chapters?limit=100&cursor=${nextCursor}`)).body.items;
        const chapters: { title: string; text: string }[] = [];
        for (const { id, title } of [...items, ...rest]) {
          chapters.push({ title, text: (await store.books.chapterText(id)) ?? '' });
        }
        return chapters;
      };
      const imported = async (content: Uint8Array, title: string, name: string) => {
        const { status, body } = await store.upload(user, [
          filePart(content, name),
          { name: 'title', content: title },
        ]);
        expect([title, status, body]).toMatchObject([title, 201, { chapters: 120 }]);
        return chaptersOf(body.bookId);
      };
      const text = readFileSync(file, 'utf8');
      const plain = await imported(Buffer.from(text), 'UTF-8', 'a.txt');
      expect(await imported(iconv.encode(text, 'GB18030'), 'GB18030', 'b.txt')).toEqual(plain);
      // Pages know no two spaces in a row.
      const spaced = plain.map(({ title, text }) => ({ title, text: text.replace(/ {2,}/g, ' ') }));
      expect(await imported(epubOf(plain), 'EPUB', 'c.epub')).toEqual(spaced);
      const writable = big5Writable(text);
      const big5 = await imported(iconv.encode(writable, 'Big5'), 'Big5', 'd.txt');
      expect(big5).toEqual(await imported(Buffer.from(writable), 'Big5 as UTF-8', 'e.txt'));
    },
  );
});
