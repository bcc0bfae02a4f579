/** What JSON makes of a value: a moment becomes text. */
export type Stored<T> = T extends Date ? string : { [K in keyof T]: Stored<T[K]> };

/** Null for a result of nothing, which JSON has no text for. */
export function toText(result: unknown): string | null {
  return JSON.stringify(result) ?? null;
}

export function fromText<T>(text: string | null): Stored<T> {
  return (text === null ? undefined : JSON.parse(text)) as Stored<T>;
}
