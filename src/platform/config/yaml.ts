import { Composer, type CST, Lexer, LineCounter, type ParsedNode, Parser } from 'yaml';

export const yamlBytesMax = 1024 * 1024;
/** Levels of the parser's stack; a level of a document takes one. */
const depthMax = 64;
const lexemesMax = 50_000;

export type YamlResult =
  | { readonly ok: true; readonly value: unknown }
  /** What was wrong, in our words: the parser's own quote the text, which may hold secrets. */
  | { readonly ok: false; readonly reason: string; readonly line?: number };

const reasons: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'the same key stands there twice',
  MULTIPLE_DOCS: 'more than one document',
  TAG_RESOLVE_FAILED: 'a tag (!name) that is not allowed',
  TAB_AS_INDENT: 'a tab as indentation',
  BAD_INDENT: 'wrong indentation',
  MISSING_CHAR: 'a character is missing (quote, bracket, colon or comma)',
  RESOURCE_EXHAUSTION: 'nested too deeply',
};

/**
 * One YAML 1.2 (or JSON) document without aliases. Depth and size are bounded before anything
 * recursive runs: half a megabyte of `[` ends a process inside the parser, and ten lines of
 * aliases expand to gigabytes ("billion laughs").
 */
export function parseYaml(text: string): YamlResult {
  if (Buffer.byteLength(text) > yamlBytesMax) {
    return { ok: false, reason: `larger than ${yamlBytesMax} bytes` };
  }
  const lines = new LineCounter();
  const scan = scanTokens(text, lines);
  if (!scan.ok) return scan;

  const documents = [...new Composer({ prettyErrors: false, uniqueKeys: true }).compose(scan.tokens, true)];
  const at = (offset: number) => lines.linePos(offset).line;
  const [document, second] = documents;
  if (second) return { ok: false, reason: reasons.MULTIPLE_DOCS as string, line: at(second.range[0]) };
  const error = document?.errors[0] ?? document?.warnings[0];
  if (error) return { ok: false, reason: reasons[error.code] ?? 'not valid YAML', line: at(error.pos[0]) };
  return toValue(document?.contents ?? null, () => document?.toJS({ maxAliasCount: 0 }));
}

function scanTokens(text: string, lines: LineCounter) {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  let offset = 0;
  let count = 0;
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    offset += lexeme.length;
    count += 1;
    if (parser.stack.length > depthMax || count > lexemesMax) {
      const reason = count > lexemesMax ? 'too many elements' : 'nested too deeply';
      return { ok: false as const, reason, line: lines.linePos(Math.min(offset, text.length)).line };
    }
  }
  for (const token of parser.end()) tokens.push(token);
  return { ok: true as const, tokens };
}

function toValue(contents: ParsedNode | null, convert: () => unknown): YamlResult {
  if (contents === null) return { ok: true, value: null };
  try {
    return { ok: true, value: convert() };
  } catch (error) {
    if (error instanceof ReferenceError) return { ok: false, reason: 'aliases (*name) are not allowed' };
    throw error;
  }
}
