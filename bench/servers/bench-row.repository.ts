import { type Database, type Migration, tables } from '../../src/platform/database/index.js';

export interface BenchRow {
  readonly id: string;
  readonly title: string;
}

interface BenchTables {
  bench_rows: BenchRow;
}

export function benchMigrations({ id, title }: BenchRow): Migration[] {
  return [
    {
      id: '9900-bench-rows',
      up: `
        create table bench_rows (id uuid primary key, title text not null);
        insert into bench_rows (id, title) values ('${id}', '${title}');
      `,
    },
  ];
}

export function findBenchRow(db: Database, id: string): Promise<BenchRow | undefined> {
  return tables<BenchTables>(db)
    .selectFrom('bench_rows')
    .select(['id', 'title'])
    .where('id', '=', id)
    .executeTakeFirst();
}
