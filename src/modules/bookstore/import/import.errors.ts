import { defineErrors } from '../../../platform/errors/index.js';

/** Why a file did not become a book. */
export const importErrors = defineErrors({
  importFileMissing: {
    code: 'import-file-missing',
    status: 400,
    title: { 'zh-CN': '没有收到文件', en: 'The file is missing' },
    detail: {
      'zh-CN': '请求应为 multipart/form-data，并在名为 file 的部分中携带一个文本文件或 EPUB。',
      en: 'The request must be multipart/form-data with one text file or EPUB in the part named `file`.',
    },
  },
  importPartUnknown: {
    code: 'import-part-unknown',
    status: 400,
    title: { 'zh-CN': '无法识别的表单项', en: 'Unknown part' },
    detail: {
      'zh-CN': '表单项应为 file（一个文件，一次）或 title（1 到 100 个字符，一次），收到的是 {part}。',
      en: 'The parts are `file` (one file, once) and `title` (1 to 100 characters, once); {part} came.',
    },
  },
  importTooLarge: {
    code: 'import-too-large',
    status: 413,
    title: { 'zh-CN': '文件过大', en: 'The file is too large' },
    detail: {
      'zh-CN': '导入文件最大 {limit} 字节。请把作品分成几个文件。',
      en: 'A file may have at most {limit} bytes. Split the book into several files.',
    },
  },
  importEmpty: {
    code: 'import-empty',
    status: 422,
    title: { 'zh-CN': '文件中没有正文', en: 'There is no text' },
    detail: {
      'zh-CN': '文件为空，或只有标题没有正文。请检查是否选错了文件。',
      en: 'The file is empty, or has headings and no text. Check whether it is the right file.',
    },
  },
  importNotText: {
    code: 'import-not-text',
    status: 422,
    title: { 'zh-CN': '不是纯文本文件', en: 'Not a plain text file' },
    detail: {
      'zh-CN': '应为纯文本（TXT）或 EPUB，收到的内容像是 {kind}。请另存为纯文本后再导入。',
      en: 'Plain text (TXT) or EPUB was expected; this looks like {kind}. Save it as plain text and import that.',
    },
  },
  importEncodingUnknown: {
    code: 'import-encoding-unknown',
    status: 422,
    title: { 'zh-CN': '无法确定文字编码', en: 'The encoding cannot be told' },
    detail: {
      'zh-CN':
        '支持 UTF-8、带 BOM 的 UTF-16、GB18030（GBK）和 Big5，此文件与它们都不相符或无法确定是哪一种。请另存为 UTF-8 后再导入。',
      en: 'UTF-8, UTF-16 with a byte order mark, GB18030 (GBK) and Big5 are read; this file fits none of them for certain. Save it as UTF-8 and import that.',
    },
  },
  importDamaged: {
    code: 'import-damaged',
    status: 422,
    title: { 'zh-CN': '文件内容有损坏', en: 'The file is damaged' },
    detail: {
      'zh-CN':
        '文件的编码是 {encoding}，但第 {offset} 字节（从 0 起）处不是有效字符。请修复该处或另存为 UTF-8 后再导入。',
      en: 'The file is {encoding}, but the byte at {offset} (from 0) is none of its characters. Repair it there, or save it as UTF-8, and import that.',
    },
  },
  importTooManyChapters: {
    code: 'import-too-many-chapters',
    status: 422,
    title: { 'zh-CN': '章节过多', en: 'Too many chapters' },
    detail: {
      'zh-CN': '一个文件最多 {limit} 章，此文件超出了。请把作品分成几个文件。',
      en: 'A file may have at most {limit} chapters; this one has more. Split the book into several files.',
    },
  },
  importChapterTooLong: {
    code: 'import-chapter-too-long',
    status: 422,
    title: { 'zh-CN': '有一章过长', en: 'A chapter is too long' },
    detail: {
      'zh-CN':
        '第 {line} 行起的“{chapter}”超过 {limit} 个字符。多半是其中的章节标题未被识别：标题应独占一行，如“第十二章 标题”或“Chapter 12”。',
      en: '"{chapter}" from line {line} on has more than {limit} characters. Most likely headings in it were not recognised: each stands on a line of its own, such as 第十二章 or Chapter 12.',
    },
  },
  importNotEpub: {
    code: 'import-not-epub',
    status: 422,
    title: { 'zh-CN': '不是 EPUB 文件', en: 'Not an EPUB' },
    detail: {
      'zh-CN': '文件是 ZIP 压缩包，但不是 EPUB。请导入 EPUB 或纯文本（TXT）文件本身，不要压缩。',
      en: 'The file is a ZIP archive and no EPUB. Import an EPUB, or the plain text (TXT) itself without packing it.',
    },
  },
  importEpubProtected: {
    code: 'import-epub-protected',
    status: 422,
    title: { 'zh-CN': 'EPUB 已加密', en: 'The EPUB is protected' },
    detail: {
      'zh-CN': '此 EPUB 带有加密或版权保护（DRM），无法读取正文。请使用没有保护的原始文件。',
      en: 'The EPUB is encrypted or under rights management (DRM), so its text cannot be read. Use the unprotected original.',
    },
  },
  importEpubDamaged: {
    code: 'import-epub-damaged',
    status: 422,
    title: { 'zh-CN': 'EPUB 已损坏', en: 'The EPUB is damaged' },
    detail: {
      'zh-CN': 'EPUB 中的 {file} 无法读取：压缩数据、文件名或内容有误。请重新导出 EPUB。',
      en: '{file} in the EPUB cannot be read: its packing, its name or its content is broken. Export the EPUB again.',
    },
  },
  importEpubIncomplete: {
    code: 'import-epub-incomplete',
    status: 422,
    title: { 'zh-CN': 'EPUB 不完整', en: 'The EPUB is incomplete' },
    detail: {
      'zh-CN': 'EPUB 缺少 {file}，或其中没有所需的内容。请重新导出 EPUB。',
      en: 'The EPUB lacks {file}, or what has to stand in it. Export the EPUB again.',
    },
  },
  importEpubTooLarge: {
    code: 'import-epub-too-large',
    status: 422,
    title: { 'zh-CN': 'EPUB 解压后过大', en: 'The EPUB unpacks too large' },
    detail: {
      'zh-CN':
        'EPUB 最多 {entries} 个文件，解压后正文最大 {bytes} 字节，且压缩比不得异常。请拆分作品或重新导出。',
      en: 'An EPUB may have at most {entries} files and {bytes} bytes of unpacked text, packed no tighter than text packs. Split the book or export it again.',
    },
  },
  importEpubChapterTooLong: {
    code: 'import-epub-chapter-too-long',
    status: 422,
    title: { 'zh-CN': '有一章过长', en: 'A chapter is too long' },
    detail: {
      'zh-CN':
        '{file} 中的“{chapter}”超过 {limit} 个字符。多半是目录没有列出其中的章节，请补全目录后重新导出。',
      en: '"{chapter}" in {file} has more than {limit} characters. Most likely the table of contents does not list its chapters: complete it and export the EPUB again.',
    },
  },
  importBusy: {
    code: 'import-busy',
    status: 503,
    title: { 'zh-CN': '正在进行的导入过多', en: 'Too many imports at once' },
    detail: {
      'zh-CN': '正在进行的导入已达上限，本次没有导入任何内容。请在 {seconds} 秒后重试。',
      en: 'As many imports run as may run at once, so nothing of this one was taken. Try again in {seconds} seconds.',
    },
  },
  importAuthorUnknown: {
    code: 'import-author-unknown',
    status: 404,
    title: { 'zh-CN': '没有这个作者账号', en: 'No such author' },
    detail: {
      'zh-CN': '没有用户名为 {login} 的账号。请先注册，或指定已有的用户名。',
      en: 'No account has the username {login}. Register it first, or name an account that exists.',
    },
  },
});
