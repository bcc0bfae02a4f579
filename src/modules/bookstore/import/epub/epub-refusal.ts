/** Why a file that looks like an EPUB is none that can be read. `file` is a name within it. */
export type EpubRefusal =
  | { readonly reason: 'epub-damaged'; readonly file: string }
  | { readonly reason: 'not-epub' }
  | { readonly reason: 'epub-incomplete'; readonly file: string }
  | { readonly reason: 'epub-protected' }
  | { readonly reason: 'epub-too-large' }
  | { readonly reason: 'too-many-chapters' }
  | { readonly reason: 'no-text' }
  | { readonly reason: 'epub-chapter-too-long'; readonly title: string; readonly file: string };

/** Ends the reading of an EPUB from however deep; `readEpub` answers its refusal. */
export class EpubRefused extends Error {
  override readonly name = 'EpubRefused';
  readonly refusal: EpubRefusal;

  constructor(refusal: EpubRefusal, cause?: unknown) {
    super(refusal.reason, { cause });
    this.refusal = refusal;
  }
}
