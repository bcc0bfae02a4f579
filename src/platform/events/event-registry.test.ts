import Type from 'typebox';
import { expect, it } from 'vitest';
import { defineEvent, type EventDefinition } from './event.js';
import { type EventHandler, onEvent } from './event-handler.js';
import { type EventContribution, RegisteredEvents } from './event-registry.js';

const event = (type: string) =>
  defineEvent({ type, summary: 'It happened', payload: Type.Object({}), example: {} }) as EventDefinition;
const handlerOf = (name: string, of: EventDefinition): EventHandler =>
  onEvent({ name, event: of, handle: async () => {} });
const from = (
  module: string,
  events: EventDefinition[],
  handlers: EventHandler[] = [],
): EventContribution => ({
  ...{ module, events, handlers },
});
const happened = event('test.happened');

function filling(...contributions: EventContribution[]) {
  return () => new RegisteredEvents().fill(contributions);
}

it('an event that two modules declare fails the boot and names both', () => {
  const twice = filling(from('auth', [happened]), from('quota', [event('test.happened')]));
  expect(twice).toThrow('Both "auth" and "quota" declare the event "test.happened".');
});

it('a handler of which there are two fails the boot and names both modules', () => {
  const twice = filling(
    from('auth', [happened], [handlerOf('mail', happened)]),
    from('quota', [], [handlerOf('mail', happened)]),
  );
  expect(twice).toThrow('Both "auth" and "quota" have a handler "mail".');
});

it('a handler of an event that nobody declares fails the boot and names both', () => {
  const missing = filling(from('auth', [], [handlerOf('mail', happened)]));
  expect(missing).toThrow(
    'The handler "mail" of "auth" is for the event "test.happened", which no module declares.',
  );
  const lookalike = filling(from('auth', [event('test.happened')], [handlerOf('mail', happened)]));
  expect(lookalike).toThrow('no module declares');
});

it.each(['happened', 'Test.happened', 'test.happened.twice', 'test happened', ''])(
  'an event may not be called "%s"',
  (type) => expect(filling(from('auth', [event(type)]))).toThrow('is no type of an event'),
);

it('a handler may not be called what is no kebab-case', () => {
  expect(filling(from('auth', [happened], [handlerOf('sendMail', happened)]))).toThrow('kebab-case');
});

it('the registry is filled once', () => {
  const registry = new RegisteredEvents();
  registry.fill([]);
  expect(() => registry.fill([])).toThrow('filled once');
});

it('each event knows the handlers of every module', () => {
  const registry = new RegisteredEvents();
  registry.fill([
    from('quota', [], [handlerOf('second', happened)]),
    from('auth', [happened, event('test.ignored')], [handlerOf('first', happened)]),
  ]);
  expect(registry.event(happened)).toMatchObject({ module: 'auth', handlerNames: ['second', 'first'] });
  expect(registry.handlers.map(({ name, module, kind }) => [name, module, kind])).toEqual([
    ['second', 'quota', 'transactional'],
    ['first', 'auth', 'transactional'],
  ]);
});
