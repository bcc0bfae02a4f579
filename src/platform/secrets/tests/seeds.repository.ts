import { sql } from 'kysely';
import { type Database, type Migration, type Queryable, tables } from '../../database/index.js';
import type { KeyUse, SecretHolder } from '../secret-holder.js';
import type { SealedSecret, Secrets } from '../secrets.js';

export const seedMigrations: readonly Migration[] = [
  {
    id: '0001-seeds',
    up: 'create table seeds (id text primary key, secret bytea not null, sealed_with text)',
  },
];

interface Row {
  id: string;
  secret: Uint8Array;
  sealed_with: string | null;
}

export const secretOf = (id: string) => Buffer.from(`the secret of ${id}`);

export async function putSeed(db: Database, id: string, secrets: Secrets): Promise<void> {
  const { keyId, bytes } = secrets.seal(secretOf(id), id);
  await sql`insert into seeds (id, secret, sealed_with) values (${id}, ${bytes}, ${keyId})
    on conflict (id) do update set secret = excluded.secret, sealed_with = excluded.sealed_with`.execute(
    tables(db),
  );
}

export async function readSeeds(db: Database): Promise<{ id: string; sealed: SealedSecret }[]> {
  const { rows } = await sql<Row>`select * from seeds order by id`.execute(tables(db));
  return rows.map(({ id, secret, sealed_with }) => ({ id, sealed: { keyId: sealed_with, bytes: secret } }));
}

/** A holder as a module has one. */
export const seedHolder: SecretHolder = {
  name: 'seeds',
  async resealBatch(tx, { after = '', limit, currentKeyId, reseal }) {
    const { rows } = await sql<Row>`select * from seeds
      where sealed_with is distinct from ${currentKeyId} and id > ${after}
      order by id limit ${limit} for update`.execute(tables(tx));
    let resealed = 0;
    for (const { id, secret, sealed_with } of rows) {
      const next = reseal({ keyId: sealed_with, bytes: secret }, id);
      if (!next) continue;
      await sql`update seeds set secret = ${next.bytes}, sealed_with = ${next.keyId} where id = ${id}`.execute(
        tables(tx),
      );
      resealed += 1;
    }
    return { resealed, last: rows.at(-1)?.id };
  },
  async keysInUse(where: Queryable) {
    const { rows } = await sql<KeyUse>`select sealed_with as "keyId", count(*) as secrets from seeds
      group by sealed_with`.execute(tables(where));
    return rows;
  },
};
