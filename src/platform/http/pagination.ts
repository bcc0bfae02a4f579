import Type, { type Static, type TProperties, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { httpErrors } from './http.errors.js';

/** The query of a list: `pageQuery({ status: … })` adds a list's own filters. */
export function pageQuery<const P extends TProperties = Record<never, never>>(filters?: P) {
  return Type.Object({
    limit: Type.Integer({ default: 20, minimum: 1, maximum: 100, description: 'Items on a page' }),
    cursor: Type.Optional(
      Type.String({
        maxLength: 500,
        description: '`nextCursor` of the page before; absent for the first page',
      }),
    ),
    ...(filters as P),
  });
}

export function pageOf<S extends TSchema>(item: S) {
  return Type.Object({
    items: Type.Array(item),
    nextCursor: Type.Union([Type.String(), Type.Null()], { description: '`null` on the last page' }),
  });
}

/** An opaque cursor: the sort key and id of the last item of a page. */
function encodeCursor(position: readonly (string | number | null)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Raises `invalid-cursor` for anything that `encodeCursor` did not make for a list of this shape. */
export function decodeCursor<S extends TSchema>(cursor: string | undefined, shape: S): Static<S> | undefined {
  if (cursor === undefined) return undefined;
  let position: unknown;
  try {
    position = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch (cause) {
    throw httpErrors.invalidCursor({ cause });
  }
  if (!Value.Check(shape, position)) throw httpErrors.invalidCursor();
  return position as Static<S>;
}

/** A page out of `limit + 1` rows: the extra row only tells that there is more. */
export function toPage<R, T>(
  rows: readonly R[],
  limit: number,
  options: { item: (row: R) => T; position: (row: R) => readonly (string | number | null)[] },
): { items: T[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: shown.map(options.item), nextCursor: more ? encodeCursor(options.position(last)) : null };
}
