import type { PersonalDataHolder } from '../../../platform/personal-data/index.js';
import { deleteLinksOf, listLinks } from './link.repository.js';

const pageLinks = 100;

/** Which links were mailed to the user, and where; their tokens are nowhere. */
export const linkHolder: PersonalDataHolder = {
  name: 'mailed-links',
  async *export(database, userId) {
    let after: string | undefined;
    do {
      const page = await listLinks(database, userId, { after, limit: pageLinks });
      for (const { id: _, ...link } of page) yield link;
      after = page.length < pageLinks ? undefined : page.at(-1)?.id;
    } while (after !== undefined);
  },
  erase: deleteLinksOf,
};
