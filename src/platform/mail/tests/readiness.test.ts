import { expect, test } from 'vitest';
import { startTestApp } from '../../../testing/test-app.js';

test('/readyz and the list of services say that mail is written to files and not sent', async () => {
  const { api, passwordOf, close } = await startTestApp();
  const { body } = await api.get('//readyz');
  expect(body.checks.mail).toMatchObject({ status: 'healthy', critical: false });
  expect(body.checks.mail.note).toBe(
    'mail is written to files in the folder "mail" of data.dir and not sent',
  );
  const token = (await api.login('admin', passwordOf('admin'))).accessToken;
  const services = (await api.get('/admin/system/services', { token })).body.items;
  expect(services.find(({ name }: { name: string }) => name === 'mail').note).toBe(body.checks.mail.note);
  await close();
});
