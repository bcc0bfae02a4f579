import { describe, expect, it } from 'vitest';
import { type BaseService, healthy, type Port, port } from '../../kernel/index.js';
import type { Logger } from '../../logger/index.js';
import { Metrics } from '../../metrics/index.js';
import { assemble, defineModule, type Module, ServiceCalls } from '../index.js';

interface Limit {
  limitOf(user: string): number;
}
interface Users {
  names(): string[];
  limit(user: string): number;
}
const Limit = port<Limit>('users.limit', { whenAbsent: { limitOf: () => 5 } });
const Users = port<Users>('users');

const serviceOf = (name: string): BaseService => ({
  ...{ name, version: '1.0.0', health: async () => healthy },
  initialize: async () => {},
  close: async () => {},
});

const usersWith = (limit: Port<Limit>) =>
  defineModule({
    ...{ name: 'users', version: '1.0.0', summary: 'Who asks', criticality: 'required' },
    needs: {},
    policies: { limit },
    provides: { users: Users },
    setup: ({ limit: policy }) => ({
      service: serviceOf('users'),
      exposes: { users: { names: () => ['lin'], limit: (user) => policy.limitOf(user) } },
    }),
  });

/** Implements the policy of the very module that it needs. */
const members = defineModule({
  ...{ name: 'members', version: '1.0.0', summary: 'Who answers', criticality: 'required' },
  needs: { users: Users },
  provides: { limit: Limit },
  setup: ({ users }) => ({
    service: serviceOf('members'),
    exposes: { limit: { limitOf: (user) => (users.names().includes(user) ? 8 : 1) } },
  }),
});

const assembleAll = (modules: readonly Module[]) =>
  assemble({
    ...{ modules, given: [], calls: new ServiceCalls(new Metrics()) },
    contextOf: () => ({ config: {}, log: {} as Logger, metrics: new Metrics() }),
  });

describe('a policy', () => {
  it('is its default while nobody implements it', () => {
    expect(
      assembleAll([usersWith(Limit)])
        .resolve(Users)
        .limit('lin'),
    ).toBe(5);
  });

  it('is what a module says that needs the policy’s owner, whatever the order of the list', () => {
    for (const modules of [
      [usersWith(Limit), members],
      [members, usersWith(Limit)],
    ]) {
      const assembly = assembleAll(modules);
      expect(assembly.resolve(Users).limit('lin')).toBe(8);
      expect(assembly.resolve(Users).limit('xue')).toBe(1);
      expect(assembly.modules.map(({ node }) => node.service.name)).toEqual(['users', 'members']);
    }
  });

  it('without a default fails the boot and says whose it is', () => {
    expect(() => assembleAll([usersWith(port<Limit>('users.limit'))])).toThrow(
      'The policy "users.limit" of module "users" has no default.',
    );
  });
});
