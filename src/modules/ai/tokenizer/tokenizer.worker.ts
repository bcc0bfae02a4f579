import { parentPort } from 'node:worker_threads';
import { countTokens, decodeGenerator, encode, setMergeCacheSize } from 'gpt-tokenizer/encoding/o200k_base';
import { boundedSlices, type TokenPiece } from './tokenizer.domain.js';
import type { TokenizerAnswer, TokenizerRequest } from './tokenizer.protocol.js';

// Chinese pieces are phrases that seldom come back: the default cache of 100 000 would only cost memory.
setMergeCacheSize(2_000);
/** A text that spells a control token, such as <|endoftext|>, is just text. */
const asText = { disallowedSpecial: new Set<string>() };

function count(text: string): number {
  return boundedSlices(text).reduce((sum, slice) => sum + countTokens(slice, asText), 0);
}

/** One piece a token, except where several tokens make up one character. */
function split(text: string): TokenPiece[] {
  const pieces: TokenPiece[] = [];
  for (const slice of boundedSlices(text)) {
    let tokens = 0;
    const fed = function* (source: number[]) {
      for (const token of source) {
        tokens += 1;
        yield token;
      }
    };
    for (const part of decodeGenerator(fed(encode(slice, asText)))) {
      pieces.push({ text: part, tokens });
      tokens = 0;
    }
  }
  return pieces;
}

function answer({ id, kind, texts }: TokenizerRequest): TokenizerAnswer {
  try {
    return kind === 'count' ? { id, counts: texts.map(count) } : { id, pieces: texts.map(split) };
  } catch (error) {
    return { id, error: String(error) };
  }
}

parentPort?.on('message', (request: TokenizerRequest) => parentPort?.postMessage(answer(request)));
