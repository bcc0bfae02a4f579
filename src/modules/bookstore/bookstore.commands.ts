import Type from 'typebox';
import { type AnyCommand, defineCommand } from '../../platform/commands/index.js';
import type { BookstoreConfig } from './bookstore.config.js';
import type { BookImportService } from './import/import.service.js';
import type { ImportSlots } from './import/import-slots.js';
import { titleCharactersMax } from './import/upload.js';

const ImportOptions = Type.Object({
  title: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: titleCharactersMax,
      description: 'Title of the book. Absent: as the file says, else as the file is called',
    }),
  ),
  author: Type.String({
    default: 'admin',
    minLength: 1,
    maxLength: 256,
    description: 'Username of the account that owns the book; its first book makes it an author',
  }),
  preview: Type.Boolean({ default: false, description: 'Only show the split; nothing is saved' }),
});

export function bookstoreCommands(
  imports: BookImportService,
  slots: ImportSlots,
  { fileBytesMax }: BookstoreConfig['import'],
): AnyCommand[] {
  return [
    defineCommand({
      name: 'import-book',
      summary: 'Import a novel from a plain text file or an EPUB',
      options: ImportOptions,
      file: {
        description: 'The novel: an EPUB, or a text in UTF-8, UTF-16 with a byte order mark, GB18030 or Big5',
        maxBytes: fileBytesMax,
      },
      run: ({ title, author, preview }, { file = new Uint8Array(), fileName, signal, progress }) =>
        slots.run(async () => {
          const source = { file, fileName, title };
          if (!preview) return { ...(await imports.importForLogin(author, source, { signal, progress })) };
          const book = await imports.preview(source);
          const chapters = book.chapters.map(({ number, title, wordCount }) => ({
            number,
            title,
            wordCount,
          }));
          return { title: book.title, encoding: book.encoding, chapters };
        }),
      describe: (result) => ('bookId' in result ? describeImport(result) : describePreview(result)),
    }),
  ];
}

function describeImport({ bookId, title, chapters, created }: Record<string, unknown>): string[] {
  const what = created ? 'Imported' : 'Was there already, so nothing changed:';
  return [`${what} 《${title}》, ${chapters} chapters.`, `Book id: ${bookId}`];
}

function describePreview({ title, encoding, chapters }: Record<string, unknown>): string[] {
  const rows = chapters as { number: number; title: string; wordCount: number }[];
  return [
    `《${title}》, ${encoding}, ${rows.length} chapters. Nothing was saved.`,
    ...rows.map(({ number, title, wordCount }) => `${String(number).padStart(6)}  ${title}  (${wordCount})`),
  ];
}
