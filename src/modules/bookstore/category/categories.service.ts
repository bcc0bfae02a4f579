import type { Audit, AuditActor } from '../../../platform/audit/index.js';
import type { Database } from '../../../platform/database/index.js';
import { staleEdit } from '../../../platform/http/index.js';
import { orRaise } from '../authoring/refused.js';
import { bookstoreErrors } from '../bookstore.errors.js';
import type { Category } from './category.js';
import { insertCategory, listCategories, lockCategory, updateCategory } from './category.repository.js';

/** A list of them is one answer. */
const categoriesMax = 200;

export interface CategoryEdit {
  readonly slug: string;
  readonly version: number;
  readonly nameZh?: string | undefined;
  readonly nameEn?: string | undefined;
  readonly position?: number | undefined;
}

/** What books are sorted into. Every change leaves an audit record. */
export class Categories {
  readonly #db: Database;
  readonly #audit: Audit;

  constructor({ db, audit }: { readonly db: Database; readonly audit: Audit }) {
    this.#db = db;
    this.#audit = audit;
  }

  list(): Promise<Category[]> {
    return listCategories(this.#db);
  }

  /** Raises `category-exists` and `categories-full`. */
  async create(category: Omit<Category, 'version'>, actor: AuditActor): Promise<Category> {
    const { slug, ...after } = category;
    const result = await this.#db.withTransaction({ name: 'create-category' }, async (tx) => {
      if ((await listCategories(tx)).length >= categoriesMax) {
        return tx.rollback(bookstoreErrors.categoriesFull({ params: { limit: categoriesMax } }));
      }
      if (!(await insertCategory(tx, category))) {
        return tx.rollback(bookstoreErrors.categoryExists({ params: { slug } }));
      }
      const target = { type: 'category', id: slug };
      await this.#audit.record(tx, { action: 'bookstore.category-created', actor, target, after });
      return { ...category, version: 1 };
    });
    return orRaise(result);
  }

  /** Raises `category-not-found` and `version-conflict`. Its slug stays: books refer to it. */
  async edit({ slug, version, ...edit }: CategoryEdit, actor: AuditActor): Promise<Category> {
    const result = await this.#db.withTransaction({ name: 'edit-category' }, async (tx) => {
      const category = await lockCategory(tx, slug);
      if (!category) return tx.rollback(bookstoreErrors.categoryNotFound({ params: { slug } }));
      const stale = staleEdit(version, category.version);
      if (stale) return tx.rollback(stale);
      const before = namesOf(category);
      const { nameZh = before.nameZh, nameEn = before.nameEn, position = before.position } = edit;
      const after = { nameZh, nameEn, position };
      await updateCategory(tx, { slug, ...after });
      const target = { type: 'category', id: slug };
      await this.#audit.record(tx, { action: 'bookstore.category-edited', actor, target, before, after });
      return { slug, ...after, version: version + 1 };
    });
    return orRaise(result);
  }
}

const namesOf = ({ nameZh, nameEn, position }: Category) => ({ nameZh, nameEn, position });
