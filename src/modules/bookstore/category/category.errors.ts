import { defineErrors } from '../../../platform/errors/index.js';

export const categoryErrors = defineErrors({
  categoryNotFound: {
    code: 'category-not-found',
    status: 404,
    title: { 'zh-CN': '找不到这个分类', en: 'No such category' },
    detail: {
      'zh-CN': '没有代号为 {slug} 的分类。可先用 POST 新建。',
      en: 'No category has the slug {slug}. Make it with POST first.',
    },
  },
  categoryExists: {
    code: 'category-exists',
    status: 409,
    title: { 'zh-CN': '分类已存在', en: 'The category is there already' },
    detail: {
      'zh-CN': '代号 {slug} 已被使用。请换一个代号，或用 PUT 修改已有的分类。',
      en: 'The slug {slug} is taken. Choose another one, or edit that category with PUT.',
    },
  },
  categoriesFull: {
    code: 'categories-full',
    status: 409,
    title: { 'zh-CN': '分类已达上限', en: 'Too many categories' },
    detail: {
      'zh-CN': '最多 {limit} 个分类。请改用已有的分类。',
      en: 'There are at most {limit} categories. Use one that is there.',
    },
  },
});
