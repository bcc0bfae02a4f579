import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';

export const formatName = 'qingyu-backup';
export const formatVersion = 1;

const text = Type.String({ minLength: 1, maxLength: 1000 });

const Header = Type.Object({
  format: Type.Literal(formatName),
  version: Type.Integer({ minimum: 1 }),
  /** Release that wrote it. */
  application: text,
  engine: Type.Enum(['pglite', 'postgres']),
  createdAt: text,
  /** The steps that made the schema, in order. */
  migrations: Type.Array(Type.Object({ id: text, checksum: text })),
  /** Keys that secrets in it are encrypted with. */
  secretKeys: Type.Array(text),
});

const TableStart = Type.Object({ table: text, columns: Type.Array(text) });

const Sequences = Type.Object({
  sequences: Type.Array(Type.Object({ name: text, lastValue: text, isCalled: Type.Boolean() })),
});

const Trailer = Type.Object({
  rows: Type.Record(Type.String(), Type.Integer({ minimum: 0 })),
  /** Of every byte before the trailer's line. */
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
});

export type BackupHeader = Static<typeof Header>;
export type TableStart = Static<typeof TableStart>;
export type SequenceState = Static<typeof Sequences>['sequences'][number];
export type BackupTrailer = Static<typeof Trailer>;

export type BackupRecord =
  | { readonly kind: 'header'; readonly header: BackupHeader }
  | { readonly kind: 'table'; readonly start: TableStart }
  | { readonly kind: 'sequences'; readonly sequences: readonly SequenceState[] }
  | { readonly kind: 'trailer'; readonly trailer: BackupTrailer };

/** What a line that is no row says; undefined when it is none of ours. */
export function parseRecord(line: string): BackupRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (Value.Check(Header, value)) return { kind: 'header', header: value };
  if (Value.Check(TableStart, value)) return { kind: 'table', start: value };
  if (Value.Check(Sequences, value)) return { kind: 'sequences', sequences: value.sequences };
  if (Value.Check(Trailer, value)) return { kind: 'trailer', trailer: value };
  return undefined;
}

/** The version that a first line claims, whatever else that version may have put there. */
export function claimedVersion(line: string): number | undefined {
  try {
    const { format, version } = JSON.parse(line) as { format?: unknown; version?: unknown };
    return format === formatName && typeof version === 'number' ? version : undefined;
  } catch {
    return undefined;
  }
}
