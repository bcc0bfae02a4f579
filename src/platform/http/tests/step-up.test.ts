import { describe, expect, it } from 'vitest';
import { serve } from '../../../testing/test-server.js';
import { access, defineRoute, openApiDocument, type Route } from '../index.js';

let acts = 0;
const act = (guard: Route['access'] = access.permission('wallet.manage')) =>
  defineRoute({
    method: 'POST',
    path: '/admin/act',
    access: guard,
    stepUp: true,
    summary: 'An act on money',
    responses: { 204: { description: 'Done' } },
    handler: async (_request, reply) => {
      acts += 1;
      return reply.code(204).send();
    },
  });

describe('a route with stepUp', () => {
  it.each([
    ['u:wallet.manage:off', 204, undefined],
    ['u:wallet.manage:fresh', 204, undefined],
    ['u:wallet.manage:stale', 403, 'step-up-required'],
    ['u:wallet.manage:missing', 403, 'totp-setup-required'],
    // Who may not do it at all is not asked for a code.
    ['u:user.read:stale', 403, 'permission-denied'],
    ['nonsense', 401, 'authentication-required'],
  ])('answers %s with %i %s, and acts only when it says so', async (token, status, code) => {
    const { url } = await serve([act()]);
    acts = 0;
    const answer = await fetch(`${url}/api/v1/admin/act`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    const text = await answer.text();
    expect([answer.status, text ? JSON.parse(text).code : undefined]).toEqual([status, code]);
    expect(acts).toBe(status === 204 ? 1 : 0);
  });

  it('documents both refusals and the need by itself', () => {
    const { paths } = openApiDocument([{ tag: 't', description: '', routes: [act()] }], '1.0.0') as {
      paths: Record<string, Record<string, { description: string; responses: Record<string, unknown> }>>;
    };
    const operation = paths['/api/v1/admin/act']?.post;
    expect(operation).toMatchObject({ 'x-step-up': true });
    expect(operation?.description).toContain('step-up');
    const codes = JSON.stringify(operation?.responses['403']);
    expect(codes).toContain('step-up-required');
    expect(codes).toContain('totp-setup-required');
  });

  it.each([access.public, access.guest, access.control])(
    'fails the boot where nobody is known: $kind',
    async (guard) => {
      await expect(serve([act(guard)])).rejects.toThrow('it has stepUp, so it needs access.user');
    },
  );
});
