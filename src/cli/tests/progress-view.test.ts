import { expect, test } from 'vitest';
import { ProgressView } from '../progress-view.js';

function viewOn(isTTY: boolean) {
  const seen = { text: '' };
  return { seen, view: new ProgressView({ isTTY, write: (text) => (seen.text += text) }) };
}

test('on a terminal a bar redraws one line and leaves it empty', () => {
  const { seen, view } = viewOn(true);
  view.show({ label: 'chapters', done: 60, total: 120 });
  view.end();
  expect(seen.text).toContain(`${'█'.repeat(15)}${'░'.repeat(15)}  50 % chapters 60/120`);
  expect(seen.text).not.toContain('\n');
  expect(seen.text.endsWith('\r\u001b[K')).toBe(true);
});

test('elsewhere there is a line for each tenth, without control characters', () => {
  const { seen, view } = viewOn(false);
  for (let done = 0; done <= 1000; done++) view.show({ label: 'chapters', done, total: 1000 });
  view.end();
  expect(seen.text.trimEnd().split('\n')).toHaveLength(11);
  expect(seen.text).toContain('100 % chapters\n');
  expect(seen.text).not.toContain('\u001b');
});

test('odd numbers and hostile labels do no harm', () => {
  const { seen, view } = viewOn(false);
  view.show({ label: 'a\u001b[2J\nb', done: 5, total: 0 });
  view.show({ label: 'c', done: 9, total: 3 });
  expect(seen.text).toBe('  0 % a [2J b\n100 % c\n');
});
