interface Part {
  readonly type: string;
  readonly text: string;
}

/** A reader of mails of its own, so that the writer is not its own witness: RFC 5322, 2045, 2047, one multipart deep. */
export function readMail(source: string): { headers: Record<string, string>; parts: Part[] } {
  const { headers, body } = split(source);
  const boundary = /^multipart\/\w+;\s*boundary="([^"]+)"/.exec(headers['content-type'] ?? '')?.[1];
  if (boundary === undefined) return { headers, parts: [partOf(headers, body)] };
  const sections = body.split(`--${boundary}`).slice(1, -1);
  const parts = sections.map((section) => {
    const part = split(section.replace(/^\r\n/, '').replace(/\r\n$/, ''));
    return partOf(part.headers, part.body);
  });
  return { headers, parts };
}

function split(source: string): { headers: Record<string, string>; body: string } {
  const end = source.indexOf('\r\n\r\n');
  const lines = source
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), decodeWords(line.slice(colon + 1).trim())];
  });
  return { headers: Object.fromEntries(headers), body: source.slice(end + 4) };
}

/** Encoded words; the space between two of them is not part of the text. */
function decodeWords(value: string): string {
  return value
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, encoding: string, text: string) =>
      encoding.toLowerCase() === 'b'
        ? Buffer.from(text, 'base64').toString('utf8')
        : quotedPrintable(text.replaceAll('_', ' ')),
    );
}

function partOf(headers: Record<string, string>, body: string): Part {
  const decode = {
    'quoted-printable': quotedPrintable,
    base64: (text: string) => Buffer.from(text, 'base64').toString('utf8'),
    '7bit': (text: string) => text,
  }[headers['content-transfer-encoding'] ?? '7bit'];
  if (!decode) throw new Error(`unknown encoding in ${JSON.stringify(headers)}`);
  return { type: headers['content-type'] ?? '', text: decode(body).replaceAll('\r\n', '\n') };
}

function quotedPrintable(text: string): string {
  const bytes = text
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
