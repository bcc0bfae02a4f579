/** A paragraph with the line break that ends it, and its tokens. */
export interface Paragraph {
  readonly text: string;
  readonly tokens: number;
}

export interface FittedPrompt {
  /** The end of the context, then the end of the text: what a continuation needs most is next to it. */
  readonly content: string;
  readonly tokens: number;
  readonly usesContext: boolean;
  /** Something of the context or the text was left out. */
  readonly truncated: boolean;
  /** Something of the text itself was left out. */
  readonly textCut: boolean;
}

export function paragraphsOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** A chapter goes before the text, as a paragraph of its own. */
export function asContext(chapterText: string): string[] {
  const text = chapterText.replace(/\r\n?/g, '\n').trimEnd();
  return text === '' ? [] : paragraphsOf(`${text}\n`);
}

/**
 * The longest end of context and text within the budget, cut between paragraphs only. Undefined when
 * not even the last paragraph fits.
 */
export function fitPrompt(
  context: readonly Paragraph[],
  text: readonly Paragraph[],
  budgetTokens: number,
): FittedPrompt | undefined {
  const all = [...context, ...text];
  let tokens = 0;
  let start = all.length;
  while (start > 0) {
    const next = tokens + (all[start - 1] as Paragraph).tokens;
    if (next > budgetTokens) break;
    tokens = next;
    start -= 1;
  }
  if (start === all.length) return undefined;
  return {
    content: all
      .slice(start)
      .map((paragraph) => paragraph.text)
      .join(''),
    tokens,
    usesContext: start < context.length,
    truncated: start > 0,
    textCut: start > context.length,
  };
}

/** What the model is told to do with the text; the author's own wish stands at its end. */
export function continueInstructions(wish: string | undefined): string {
  const task =
    '你是网络小说作者的写作助手。紧接用户给出的正文往下写：沿用它的语言、人称、人物、语气和情节，不重复已有内容，不加标题和说明，只输出续写的正文。';
  return wish ? `${task}\n作者的要求：${wish}` : task;
}
