import { expect, test, vi } from 'vitest';
import { describeEachAdapter } from './each-adapter.js';

const nested = { list: [1, 'two', null, { deep: [[]] }], 'a key': { '': 0 } };
const values: readonly [string, unknown][] = [
  ['null', null],
  ['the text null', 'null'],
  ['empty text', ''],
  ['zero', 0],
  ['a fraction', -1.5],
  ['the largest whole number', Number.MAX_SAFE_INTEGER],
  ['beyond it', 2 ** 60],
  ['not a number', Number.NaN],
  ['false', false],
  ['a bigint', 2n ** 62n],
  ['a date', new Date('1969-07-20T20:17:40.123Z')],
  ['bytes', new Uint8Array([0, 255, 10, 13])],
  ['nested data', nested],
  ['a list', [null, false, '']],
  ['text of the whole plane', '青羽\u0000\r\n🪶"\\'],
  ['much text', '第一章 无人的船。'.repeat(5_000)],
  ['much that does not compress', Array.from({ length: 2_000 }, (_, n) => Math.sin(n))],
];

const keys = ['', ' ', '\0', '\r\nDEL *', '青羽🪶', '*', '{a}', '__proto__', '#hash', 'k'.repeat(100_000)];

describeEachAdapter('values of a cache', (open) => {
  test.each(values)('%s comes back as it was', async (_, value) => {
    const { things } = await open();
    await expect(things.set('k', value)).resolves.toBe('done');
    await expect(things.get('k')).resolves.toEqual(value);
    await expect(things.exists('k')).resolves.toBe(true);
    await expect(things.getOrLoad('k', () => expect.unreachable())).resolves.toEqual(value);
  });

  test('null, its text, nothing and a miss are four things', async () => {
    const { things } = await open();
    const load = vi.fn(async () => undefined);
    await things.set('null', null);
    await things.set('text', 'null');
    await things.getOrLoad('nothing', load);
    expect(await things.get('null')).toBeNull();
    expect(await things.get('text')).toBe('null');
    expect(await things.get('nothing')).toBeUndefined();
    expect(await things.get('miss')).toBeUndefined();
    expect(await Promise.all(['null', 'text', 'nothing', 'miss'].map((key) => things.exists(key)))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(await things.getOrLoad('nothing', load)).toBeUndefined();
    expect(load).toHaveBeenCalledTimes(1);
    expect(await things.getOrLoad('miss', async () => null)).toBeNull();
  });

  test('what is no plain data is refused by name, and nothing is stored', async () => {
    const { things } = await open();
    const circle: unknown[] = [];
    circle.push(circle);
    const wrong = [() => 1, new Map(), { a: [Symbol()] }, [undefined], circle, '\ud800', 2n ** 64n];
    for (const value of [...wrong, new Date(Number.NaN)]) {
      await expect(things.set('k', value)).rejects.toThrow(TypeError);
      await expect(things.getOrLoad('l', async () => value)).rejects.toThrow(TypeError);
    }
    expect(await things.getMany(['k', 'l'])).toEqual(new Map());
  });

  test('what is too large is refused by set, and by getOrLoad answered but not kept', async () => {
    const { things } = await open<string>();
    const large = 'x'.repeat(1_100_000);
    await things.set('k', 'before');
    await expect(things.set('k', large)).rejects.toThrow(RangeError);
    expect(await things.get('k')).toBe('before');
    const load = vi.fn(async () => large);
    for (const _ of [1, 2]) expect(await things.getOrLoad('l', load)).toBe(large);
    expect(load).toHaveBeenCalledTimes(2);
  });

  test('what is stored cannot be changed by whoever gets it', async () => {
    const { things } = await open<{ tags: string[] }>();
    await things.set('k', { tags: ['a'] });
    const got = (await things.get('k')) as { tags: string[] };
    expect(() => got.tags.push('b')).toThrow(TypeError);
    expect(await things.get('k')).toEqual({ tags: ['a'] });
  });

  test('JSON takes what JSON has, and refuses the rest instead of changing it', async () => {
    const { things } = await open({ codec: 'json' });
    await things.set('k', nested);
    expect(await things.get('k')).toEqual(nested);
    for (const value of [new Date(0), 1n, Number.NaN, new Uint8Array(1)]) {
      await expect(things.set('k', value)).rejects.toThrow(TypeError);
    }
  });
});

describeEachAdapter('keys of a cache', (open) => {
  test('may be any text, and none is taken for another', async () => {
    const { things } = await open<string>();
    const hostile = [...keys, '\ud800', '\ud801', `${'k'.repeat(100_000)}2`];
    const entries = hostile.map((key, index) => [key, `of ${index}`] as const);
    await things.setMany(entries);
    expect(await things.getMany(hostile)).toEqual(new Map(entries));
    await things.deleteMany(hostile.slice(1));
    expect([...(await things.getMany(hostile)).keys()]).toEqual(['']);
  });

  test('many at once', async () => {
    const { things } = await open<number>();
    const entries = Array.from({ length: 600 }, (_, n) => [`k${n}`, n] as const);
    await things.setMany(entries);
    const found = await things.getMany([...entries.map(([key]) => key), 'k0', 'nobody']);
    expect(found).toEqual(new Map(entries));
    await things.deleteMany(entries.map(([key]) => key));
    expect(await things.getMany(['k0', 'k599'])).toEqual(new Map());
  });
});
