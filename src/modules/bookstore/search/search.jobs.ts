import type { Job } from '../../../platform/jobs/index.js';
import type { BookSearch } from './book-search.js';

export function indexJob(search: BookSearch): Job {
  return {
    name: 'bookstore-index',
    summary: 'Makes books findable that were written by an earlier release',
    schedule: { everySeconds: 300 },
    timeLimitSeconds: 280,
    run: async ({ signal }) => void (await search.indexMissing(signal)),
  };
}
