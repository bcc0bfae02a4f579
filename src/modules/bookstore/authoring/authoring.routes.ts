import type { Route } from '../../../platform/http/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { BookstoreConfig } from '../bookstore.config.js';
import { authorBookRoutes } from './author-book.routes.js';
import type { AuthorBooks } from './author-books.service.js';
import { authorChapterRoutes } from './author-chapter.routes.js';
import type { AuthorChapters } from './author-chapters.service.js';
import { publishingRoutes } from './publishing.routes.js';
import type { Publishing } from './publishing.service.js';
import { revisionRoutes } from './revision.routes.js';

/** All that an author does with books. */
export function authoringRoutes(parts: {
  readonly books: AuthorBooks;
  readonly chapters: AuthorChapters;
  readonly publishing: Publishing;
  readonly clock: Clock;
  readonly config: BookstoreConfig;
}): Route[] {
  const { books, chapters, publishing, clock, config } = parts;
  return [
    ...authorBookRoutes(books, config),
    ...authorChapterRoutes(parts),
    ...publishingRoutes(publishing, clock),
    ...revisionRoutes(chapters, clock),
  ];
}
