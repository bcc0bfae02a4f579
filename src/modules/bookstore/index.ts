export { bookstoreModule } from './bookstore.module.js';
export {
  type Book,
  type BookStatus,
  Books,
  BookViews,
  type Chapter,
  type ChapterOfBook,
  DemoLibrary,
  type PublishedChapter,
} from './bookstore.port.js';
