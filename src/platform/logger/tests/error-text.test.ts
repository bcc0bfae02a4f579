import { expect, it } from 'vitest';
import { errorText } from '../error-text.js';

it('the text of an error is short, scrubbed, and can be stored whatever was thrown', () => {
  expect(errorText(new TypeError('postgres://u:pl4nted@host/db'))).toBe(
    'TypeError: postgres://u:[redacted]@host/db',
  );
  expect(errorText('a\0b')).toBe('ab');
  expect(errorText(undefined)).toBe('undefined');
  expect(errorText(new Error('x'.repeat(5_000)))).toHaveLength(1_000);
  expect(errorText('x'.repeat(12), 12)).toBe('x'.repeat(12));
  expect(errorText('x'.repeat(13), 12)).toBe(`${'x'.repeat(11)}…`);
});
