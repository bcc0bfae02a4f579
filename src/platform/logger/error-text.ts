import { scrubText } from './redaction.js';

/**
 * What is kept of an error beside the log, for people: its kind and message without a credential, in `lengthMax`
 * characters at most.
 */
export function errorText(error: unknown, lengthMax = 1_000): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  // U+0000 is the one character that the database does not store.
  const clean = scrubText(text).replaceAll('\0', '');
  return clean.length > lengthMax ? `${clean.slice(0, lengthMax - 1)}…` : clean;
}
