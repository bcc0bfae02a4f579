/** What books are sorted into. */
export interface Category {
  readonly slug: string;
  readonly nameZh: string;
  readonly nameEn: string;
  /** The lowest comes first. */
  readonly position: number;
  readonly version: number;
}
