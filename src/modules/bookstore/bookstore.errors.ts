import { defineErrors } from '../../platform/errors/index.js';
import { authoringErrors } from './authoring/authoring.errors.js';
import { categoryErrors } from './category/category.errors.js';
import { importErrors } from './import/import.errors.js';

const shelfErrors = defineErrors({
  bookNotFound: {
    code: 'book-not-found',
    status: 404,
    title: { 'zh-CN': '找不到这本书', en: 'No such book' },
    detail: {
      'zh-CN': '没有编号为 {id} 的已发布作品。请检查编号，或从书籍列表重新进入。',
      en: 'No published book has the id {id}. Check the id, or find the book in the list again.',
    },
  },
});

export const bookstoreErrors = { ...shelfErrors, ...importErrors, ...authoringErrors, ...categoryErrors };
