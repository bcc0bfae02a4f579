import { isRule } from './scan.domain.js';

/** Why lines of the file are in no chapter: nothing is dropped silently. */
export interface LeftOut {
  readonly kind:
    | 'contents'
    | 'repeated-heading'
    | 'empty-volume'
    | 'rule'
    | 'advertisement'
    | 'empty-chapter';
  readonly text: string;
}

export interface FrontMatter {
  readonly title?: string;
  readonly author?: string;
  readonly introduction?: string;
  /** Text that is none of these, paragraph by paragraph. */
  readonly preface: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

const titleCharactersMax = 60;
const authorCharactersMax = 40;
const introductionCharactersMax = 2_000;

const titleLine = /^(?:书名|書名|作品名|title)\s*[:：]\s*(.+)$/i;
const bracketedTitle = /^《([^《》]+)》$/;
const authorLine = /^(?:作者|著者|author)\s*[:：]\s*(.+)$/i;
const authorWithin = /^(.+?)\s*[,，/／ \u3000]?\s*((?:作者|著者|author)\s*[:：].+)$/i;
const introductionLine =
  /^[【[]?(?:内容简介|內容簡介|作品简介|作品簡介|简介|簡介|文案)[】\]]?\s*[:：]?\s*(.*)$/;
const contentsLine = /^[【[]?(?:目\s*录|目\s*錄|正文|contents)[】\]]?\s*[:：]?$/i;

/** Lines that sites put around the books they copy. */
const advertisement =
  /https?:\/\/|\bwww\.|[a-z0-9-]+\.(?:com|net|org|cn|cc|info)\b|本(?:书|書|文|小说|小說|作品).{0,12}(?:整理|下载|下載|转载|轉載|首发|首發)|(?:更多|最新|免费|免費).{0,20}(?:小说|小說|电子书|電子書|txt|章节).{0,20}(?:下载|下載|请|請|尽在|盡在|访问|阅读)|下(?:载|載)后.{0,10}24\s*(?:小时|小時)/i;

export function isAdvertisement(line: string): boolean {
  return line.length <= 200 && advertisement.test(line);
}

/** Takes apart what stands before the first heading. `lines` are trimmed, blank ones empty. */
export function readFrontMatter(lines: readonly string[]): FrontMatter {
  const leftOut: LeftOut[] = [];
  const rest: string[] = [];
  let title: string | undefined;
  let author: string | undefined;
  for (const line of lines.flatMap(apart)) {
    const named = (titleLine.exec(line) ?? bracketedTitle.exec(line))?.[1];
    const written = authorLine.exec(line)?.[1];
    if (named && !title && named.length <= titleCharactersMax) title = unquoted(named);
    else if (written && !author && written.length <= authorCharactersMax) {
      author = written;
      title ??= titleAbove(rest);
    } else if (contentsLine.test(line)) leftOut.push({ kind: 'contents', text: line });
    else if (isRule(line)) leftOut.push({ kind: 'rule', text: line });
    else if (isAdvertisement(line)) leftOut.push({ kind: 'advertisement', text: line });
    else rest.push(line);
  }
  if (!title && rest.filter((line) => line !== '').length === 1) title = titleAbove(rest);
  const { introduction, preface } = takeIntroduction(rest);
  return {
    preface,
    leftOut,
    ...(title && { title }),
    ...(author && { author }),
    ...(introduction && { introduction }),
  };
}

/** `《风起》 作者：某某` is two lines in one. */
function apart(line: string): string[] {
  if (line.length > titleCharactersMax + authorCharactersMax) return [line];
  const match = authorWithin.exec(line);
  return match?.[1] && match[2] ? [match[1], match[2]] : [line];
}

function unquoted(title: string): string {
  return bracketedTitle.exec(title.trim())?.[1] ?? title.trim();
}

/** Takes a lone short line without the punctuation of a sentence out of `rest`: the title above the author. */
function titleAbove(rest: string[]): string | undefined {
  const lines = rest.filter((line) => line !== '');
  const [only] = lines;
  if (lines.length !== 1 || !only || only.length > 30 || /[。，；！？,;!?]/.test(only)) return undefined;
  rest.length = 0;
  return unquoted(only);
}

function takeIntroduction(lines: readonly string[]): { introduction?: string; preface: readonly string[] } {
  const at = lines.findIndex((line) => introductionLine.test(line));
  const start = introductionLine.exec(lines[at] ?? '')?.[1];
  if (start === undefined) return { preface: lines };
  const introduction = [start, ...lines.slice(at + 1)].join('\n').trim();
  if (introduction.length > introductionCharactersMax) return { preface: lines };
  return { introduction, preface: lines.slice(0, at) };
}
