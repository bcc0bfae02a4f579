/** Programs take a cell that begins so for a formula, and run it on the machine of whoever opens the file. */
const formulaStart = /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]|^[\t\r\n]/u;
const needsQuotes = /[",\r\n]|^\s|\s$/;

/** So that spreadsheet programs read UTF-8. */
export const byteOrderMark = '\ufeff';

/** One line of RFC 4180 with its line break. `null` is an empty cell. */
export function csvLine(cells: readonly (string | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(text: string | null): string {
  if (text === null) return '';
  const harmless = formulaStart.test(text) ? `'${text}` : text;
  return needsQuotes.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
