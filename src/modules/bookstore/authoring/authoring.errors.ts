import { defineErrors } from '../../../platform/errors/index.js';

export const authoringErrors = defineErrors({
  authorBookNotFound: {
    code: 'author-book-not-found',
    status: 404,
    title: { 'zh-CN': '您没有这本书', en: 'No such book of yours' },
    detail: {
      'zh-CN': '您的作品中没有编号为 {id} 的书。请从作品列表重新进入。',
      en: 'None of your books has the id {id}. Find it in the list of your books.',
    },
  },
  authorChapterNotFound: {
    code: 'author-chapter-not-found',
    status: 404,
    title: { 'zh-CN': '您没有这一章', en: 'No such chapter of yours' },
    detail: {
      'zh-CN': '您的作品中没有编号为 {id} 的章节，它可能已被删除。请刷新章节列表。',
      en: 'None of your books has a chapter with the id {id}; it may have been deleted. Load the list of chapters again.',
    },
  },
  revisionNotFound: {
    code: 'revision-not-found',
    status: 404,
    title: { 'zh-CN': '找不到这个历史版本', en: 'No such revision' },
    detail: {
      'zh-CN': '本章没有保存版本 {version}；较早的版本会被清理。请从历史版本列表中选择。',
      en: 'Version {version} of the chapter is not kept; the oldest ones go. Choose one of the list of revisions.',
    },
  },
  nothingLeft: {
    code: 'text-without-characters',
    status: 422,
    title: { 'zh-CN': '内容为空', en: 'Nothing is left of it' },
    detail: {
      'zh-CN': '{field} 去掉空白和控制字符后为空。请填写可见的文字。',
      en: 'Without white space and control characters nothing is left of {field}. Write something that can be seen.',
    },
  },
  categoryUnknown: {
    code: 'category-unknown',
    status: 422,
    title: { 'zh-CN': '没有这个分类', en: 'No such category' },
    detail: {
      'zh-CN': '没有代号为 {slug} 的分类。可用的分类见 GET /api/v1/categories。',
      en: 'No category has the slug {slug}. GET /api/v1/categories lists them.',
    },
  },
  chapterAlwaysFree: {
    code: 'chapter-always-free',
    status: 422,
    title: { 'zh-CN': '前几章对所有人免费', en: 'The first chapters are free' },
    detail: {
      'zh-CN': '每本书的前 {freeChapters} 章对所有人免费，第 {number} 章不能设为付费。',
      en: 'The first {freeChapters} chapters of a book are free for everyone, so chapter {number} cannot be paid.',
    },
  },
  chapterPriceInvalid: {
    code: 'chapter-price-invalid',
    status: 422,
    title: { 'zh-CN': '价格与免费冲突', en: 'A free chapter has no price' },
    detail: {
      'zh-CN': '章节设为免费时不能同时设价格。请去掉 price，或把 access 改为 paid。',
      en: 'A chapter that is free cannot have a price as well. Leave `price` out, or make `access` paid.',
    },
  },
  chapterEmpty: {
    code: 'chapter-empty',
    status: 422,
    title: { 'zh-CN': '章节没有正文', en: 'The chapter has no text' },
    detail: {
      'zh-CN': '没有正文的章节不能发布。请先写入正文。',
      en: 'A chapter without text cannot be published. Write its text first.',
    },
  },
  chapterPublished: {
    code: 'chapter-published',
    status: 409,
    title: { 'zh-CN': '章节已发布', en: 'The chapter is published' },
    detail: {
      'zh-CN': '第 {number} 章已对读者可见，不能再撤回、改期、移动或删除，但可以修改内容。',
      en: 'Readers see chapter {number}, so it cannot be withdrawn, scheduled, moved or deleted any more. Its text can be edited.',
    },
  },
  chapterOffered: {
    code: 'chapter-offered',
    status: 409,
    title: { 'zh-CN': '章节曾经排期', en: 'The chapter was scheduled' },
    detail: {
      'zh-CN': '第 {number} 章已排期或曾经排期，可能有会员提前购买，因此不能删除。可以撤回并改写它。',
      en: 'Chapter {number} is or was scheduled, and members may have bought it, so it is not deleted. Withdraw it and write it anew instead.',
    },
  },
  chapterScheduled: {
    code: 'chapter-scheduled',
    status: 409,
    title: { 'zh-CN': '章节已排期', en: 'The chapter is scheduled' },
    detail: {
      'zh-CN': '第 {number} 章已排期，不能移动。请先撤回排期。',
      en: 'Chapter {number} is scheduled, so it is not moved. Withdraw it first.',
    },
  },
  chapterPlaceTaken: {
    code: 'chapter-place-taken',
    status: 409,
    title: { 'zh-CN': '不能移到这个位置', en: 'The chapter cannot go there' },
    detail: {
      'zh-CN': '只能在草稿之间移动：第 {number} 章的位置上没有草稿。请选择另一草稿的序号。',
      en: 'Drafts change places with drafts only, and there is none at place {number}. Name the number of another draft.',
    },
  },
  bookFull: {
    code: 'book-full',
    status: 409,
    title: { 'zh-CN': '章节数已达上限', en: 'The book is full' },
    detail: {
      'zh-CN': '一本书最多 {limit} 章。请另开一本续作。',
      en: 'A book has at most {limit} chapters. Open another book for what follows.',
    },
  },
  publishMomentInvalid: {
    code: 'publish-moment-invalid',
    status: 422,
    title: { 'zh-CN': '发布时间无效', en: 'Not a moment to publish at' },
    detail: {
      'zh-CN': '发布时间应在今后 {days} 天之内。去掉 publishAt 即刻发布。',
      en: 'A chapter is scheduled at most {days} days ahead. Leave `publishAt` out to publish it now.',
    },
  },
});
