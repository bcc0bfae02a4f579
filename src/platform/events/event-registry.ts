import type { TObject } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { port } from '../kernel/index.js';
import type { EventDefinition } from './event.js';
import type { EventHandler } from './event-handler.js';

/** What one module tells and what it does about what others tell. */
export interface EventContribution {
  readonly module: string;
  readonly events: readonly EventDefinition[];
  readonly handlers: readonly EventHandler[];
}

/** `handle`, `handleBatch` or `deliver`, whichever the handler has. */
export type HandlerKind = 'transactional' | 'batch' | 'outside';

export interface RegisteredHandler {
  readonly name: string;
  readonly module: string;
  readonly kind: HandlerKind;
  readonly handler: EventHandler;
}

export interface RegisteredEvent {
  readonly module: string;
  readonly definition: EventDefinition;
  readonly payload: Validator;
  readonly handlerNames: readonly string[];
}

export interface EventRegistry {
  /**
   * Takes what all modules contribute; once, before anything starts. Raises an error that names both sides for a
   * type or a handler's name that is used twice, and for a handler of an event that no module declares.
   */
  fill(contributions: readonly EventContribution[]): void;
}

export const EventRegistry = port<EventRegistry>('event-registry');

const typePattern = /^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/;
const handlerPattern = /^[a-z][a-z0-9-]{0,99}$/;

/** Every event and handler of the application, looked up by name. */
export class RegisteredEvents implements EventRegistry {
  readonly #events = new Map<string, RegisteredEvent>();
  readonly #handlers = new Map<string, RegisteredHandler>();
  #filled = false;

  fill(contributions: readonly EventContribution[]): void {
    if (this.#filled) throw new Error('The registry of events is filled once, after the modules are set up.');
    this.#filled = true;
    for (const { module, handlers } of contributions) {
      for (const handler of handlers) this.#addHandler(module, handler);
    }
    for (const { module, events } of contributions) {
      for (const event of events) this.#addEvent(module, event);
    }
    for (const { name, module, handler } of this.#handlers.values()) {
      if (this.#events.get(handler.event.type)?.definition === handler.event) continue;
      throw new Error(
        `The handler "${name}" of "${module}" is for the event "${handler.event.type}", which no module declares.`,
      );
    }
  }

  get handlers(): readonly RegisteredHandler[] {
    return [...this.#handlers.values()];
  }

  /** Raises an error for an event that no module declared. */
  event(definition: EventDefinition<TObject>): RegisteredEvent {
    const found = this.#events.get(definition.type);
    if (found?.definition !== definition) {
      throw new Error(`The event "${definition.type}" is not declared: add it to the events of its module.`);
    }
    return found;
  }

  #addEvent(module: string, definition: EventDefinition): void {
    const { type, payload } = definition;
    if (!typePattern.test(type)) {
      throw new Error(`"${type}" of "${module}" is no type of an event: write <module>.<what-happened>.`);
    }
    const other = this.#events.get(type);
    if (other) throw new Error(`Both "${other.module}" and "${module}" declare the event "${type}".`);
    const handlerNames = this.handlers
      .filter(({ handler }) => handler.event.type === type)
      .map(({ name }) => name);
    this.#events.set(type, { module, definition, payload: Compile(payload), handlerNames });
  }

  #addHandler(module: string, handler: EventHandler): void {
    const { name } = handler;
    if (!handlerPattern.test(name)) {
      throw new Error(
        `"${name}" of "${module}" is no name of a handler: use kebab-case, 100 characters at most.`,
      );
    }
    const other = this.#handlers.get(name);
    if (other) throw new Error(`Both "${other.module}" and "${module}" have a handler "${name}".`);
    this.#handlers.set(name, { name, module, kind: kindOf(handler), handler });
  }
}

function kindOf(handler: EventHandler): HandlerKind {
  if ('handleBatch' in handler) return 'batch';
  return 'deliver' in handler ? 'outside' : 'transactional';
}
