import type { TokenPiece } from './tokenizer.domain.js';

export type TokenizerRequest =
  | { readonly id: number; readonly kind: 'count'; readonly texts: readonly string[] }
  | { readonly id: number; readonly kind: 'split'; readonly texts: readonly string[] };

export type TokenizerAnswer =
  | { readonly id: number; readonly counts: number[] }
  | { readonly id: number; readonly pieces: TokenPiece[][] }
  | { readonly id: number; readonly error: string };
