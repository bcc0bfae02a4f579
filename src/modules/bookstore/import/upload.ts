import type { Multipart, MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { bookstoreErrors } from '../bookstore.errors.js';

export interface Upload {
  readonly file: Uint8Array;
  readonly fileName: string | undefined;
  readonly title: string | undefined;
}

export const titleCharactersMax = 100;

/** Reads the parts `file` and `title`, in any order; anything else is refused before more of the body is read. */
export async function readUpload(request: FastifyRequest, fileBytesMax: number): Promise<Upload> {
  if (!request.isMultipart()) throw bookstoreErrors.importFileMissing();
  let file: MultipartFile | undefined;
  let bytes: Uint8Array | undefined;
  let title: string | undefined;
  for await (const part of request.parts({ limits: { fileSize: fileBytesMax, files: 1 } })) {
    if (part.type === 'file' && part.fieldname === 'file' && !file) {
      file = part;
      bytes = await bytesOf(part, fileBytesMax);
    } else if (part.type === 'field' && part.fieldname === 'title' && title === undefined) {
      title = titleOf(part);
    } else throw unknownPart(part);
  }
  if (!file || !bytes) throw bookstoreErrors.importFileMissing();
  return { file: bytes, fileName: file.filename, title };
}

async function bytesOf(part: MultipartFile, fileBytesMax: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of part.file) chunks.push(chunk as Buffer);
  if (part.file.truncated) throw bookstoreErrors.importTooLarge({ params: { limit: fileBytesMax } });
  return Buffer.concat(chunks);
}

function titleOf(part: Multipart & { type: 'field' }): string {
  const title = typeof part.value === 'string' ? part.value.trim() : '';
  if (title === '' || title.length > titleCharactersMax || /\p{Cc}/u.test(title)) throw unknownPart(part);
  return title;
}

function unknownPart({ fieldname }: Multipart) {
  return bookstoreErrors.importPartUnknown({ params: { part: `\`${fieldname.slice(0, 40)}\`` } });
}
