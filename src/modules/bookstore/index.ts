export { bookstoreModule } from './bookstore.module.js';
export {
  type Book,
  type BookStatus,
  Books,
  type Chapter,
  type ChapterOfBook,
  DemoLibrary,
} from './bookstore.port.js';
