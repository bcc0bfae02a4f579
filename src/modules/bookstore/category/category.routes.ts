import { actorOf } from '../../../platform/audit/index.js';
import { access, defineRoute, httpErrors, type Route } from '../../../platform/http/index.js';
import { bookstoreErrors } from '../bookstore.errors.js';
import type { Categories } from './categories.service.js';
import type { Category } from './category.js';
import { CategoryEditBody, CategoryList, CategorySchema, NewCategory } from './category.schema.js';

const newCategory = { slug: 'steampunk', names: { 'zh-CN': '蒸汽朋克', en: 'Steampunk' }, position: 115 };
const example = { ...newCategory, version: 1 };
const answered = { schema: CategorySchema, example };

function categoryView({ slug, nameZh, nameEn, position, version }: Category) {
  return { slug, names: { 'zh-CN': nameZh, en: nameEn }, position, version };
}

export function categoryRoutes(categories: Categories): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/categories',
      access: access.public,
      summary: 'Categories',
      description: 'All of them in their order. Guests may read it.',
      responses: {
        200: { description: 'The categories', schema: CategoryList, example: { items: [example] } },
      },
      handler: async () => ({ items: (await categories.list()).map(categoryView) }),
    }),
    defineRoute({
      method: 'POST',
      path: '/admin/categories',
      access: access.permission('book.manage'),
      summary: 'Make a category',
      body: NewCategory,
      example: { body: newCategory },
      responses: { 201: { description: 'The category', ...answered } },
      errors: [bookstoreErrors.categoryExists, bookstoreErrors.categoriesFull],
      handler: async (request) => {
        const { slug, names, position } = request.body;
        const category = { slug, nameZh: names['zh-CN'], nameEn: names.en, position };
        return categoryView(await categories.create(category, actorOf(request)));
      },
    }),
    defineRoute({
      method: 'PUT',
      path: '/admin/categories',
      access: access.permission('book.manage'),
      summary: 'Edit a category',
      description: 'The one with this slug. What is absent stays as it is.',
      body: CategoryEditBody,
      example: { body: { slug: 'mystery', position: 5, version: 1 } },
      responses: { 200: { description: 'The category as it is now', ...answered } },
      errors: [bookstoreErrors.categoryNotFound, httpErrors.versionConflict],
      handler: async (request) => {
        const { slug, names, position, version } = request.body;
        const edit = { slug, version, nameZh: names?.['zh-CN'], nameEn: names?.en, position };
        return categoryView(await categories.edit(edit, actorOf(request)));
      },
    }),
  ];
}
