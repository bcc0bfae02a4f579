import pg from 'pg';

interface Statement {
  readonly name: string | undefined;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Runs `work` and tells the statements that it sent by the driver, from begin to commit. */
export async function recordStatements(work: () => Promise<unknown>): Promise<Statement[]> {
  const recorded: Statement[] = [];
  const { query } = pg.Client.prototype;
  // biome-ignore lint/suspicious/noExplicitAny: the driver's method has many forms.
  pg.Client.prototype.query = function (this: pg.Client, ...args: any[]): any {
    const [first, values = []] = args;
    const one = typeof first === 'string' ? { text: first, values } : first;
    recorded.push({ name: one.name, text: one.text, values: one.values ?? [] });
    return Reflect.apply(query, this, args);
  } as typeof query;
  try {
    await work();
  } finally {
    pg.Client.prototype.query = query;
  }
  return recorded;
}

/** Sends recorded statements once more on one connection; `fresh` gives each value that must not come twice. */
export async function replay(
  pool: pg.Pool,
  statements: readonly Statement[],
  fresh: (value: unknown) => unknown,
): Promise<void> {
  const client = await pool.connect();
  try {
    for (const { name, text, values } of statements) {
      if (values.length === 0) await client.query(text);
      else await client.query({ ...(name !== undefined && { name }), text, values: values.map(fresh) });
    }
  } finally {
    client.release();
  }
}
