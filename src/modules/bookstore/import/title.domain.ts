const untitled = '未命名作品';
const titleCharactersMax = 100;

/** What a book is called: as asked for, else as the file says, else as the file is called. */
export function titleFor(
  source: { readonly title?: string | undefined; readonly fileName?: string | undefined },
  found: string | undefined,
): string {
  return cleaned(source.title) || cleaned(found) || cleaned(stemOf(source.fileName)) || untitled;
}

function stemOf(fileName: string | undefined): string | undefined {
  return fileName
    ?.split(/[/\\]/)
    .at(-1)
    ?.replace(/\.[A-Za-z0-9]{1,5}$/, '');
}

function cleaned(text: string | undefined): string {
  const plain = text?.replace(/[\p{Cc}\p{Bidi_Control}]/gu, ' ').trim() ?? '';
  return [...plain].slice(0, titleCharactersMax).join('');
}
