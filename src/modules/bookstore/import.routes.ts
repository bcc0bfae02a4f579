import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { access, defineRoute, type Route } from '../../platform/http/index.js';
import type { BookstoreConfig } from './bookstore.config.js';
import { examples } from './bookstore.examples.js';
import { ImportedAnswer, ImportParts, ImportQuery, PreviewAnswer } from './bookstore.schema.js';
import { previewView } from './bookstore.views.js';
import { importErrors } from './import/import.errors.js';
import type { BookImportService } from './import/import.service.js';
import type { ImportSlots } from './import/import-slots.js';
import { readUpload } from './import/upload.js';

const { importAuthorUnknown: _command, ...errorsOfUploads } = importErrors;
const uploadErrors = Object.values(errorsOfUploads);

/** What a multipart body has besides the file: borders, headers, a title. */
const multipartOverheadBytes = 65_536;

export function importRoute(
  imports: BookImportService,
  slots: ImportSlots,
  { fileBytesMax, timeLimitSeconds }: BookstoreConfig['import'],
): Route {
  const imported = { schema: ImportedAnswer, example: examples.imported };
  return defineRoute({
    method: 'POST',
    path: '/author/books/import',
    access: access.user,
    rateLimit: 'upload',
    summary: 'Import a novel from a text file or an EPUB',
    description:
      'Detects encoding, volumes and chapters; of an EPUB 2 or 3 its table of contents decides. With `preview=true` it answers the split as 200 and saves nothing. Otherwise the whole book is saved or nothing; its first book makes a reader an author. The same file under the same title again answers the book that is there, as 200.',
    query: ImportQuery,
    multipart: ImportParts,
    bodyLimitBytes: fileBytesMax + multipartOverheadBytes,
    timeLimitMs: timeLimitSeconds * 1_000,
    responses: {
      200: {
        description: 'The split (`preview=true`), or the book that the same file became before',
        schema: Type.Union([PreviewAnswer, ImportedAnswer]),
        example: examples.preview,
      },
      201: { description: 'The new book', ...imported },
    },
    errors: uploadErrors,
    handler: (request, reply) =>
      slots.run(async () => {
        const upload = await readUpload(request as unknown as FastifyRequest, fileBytesMax);
        if (request.query.preview) return previewView(await imports.preview(upload));
        const { created, ...book } = await imports.importFor(request.caller.userId, upload, {
          signal: request.abandoned,
        });
        if (created) reply.code(201).header('location', `/api/v1/books/${book.bookId}`);
        return book;
      }),
  });
}
