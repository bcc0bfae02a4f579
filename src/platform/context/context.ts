import { AsyncLocalStorage } from 'node:async_hooks';

/** What every log line written inside a request, a job or an event handler carries. */
export interface ContextFields {
  readonly requestId?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly userId?: string;
  readonly module?: string;
  readonly job?: string;
  readonly event?: string;
}

const storage = new AsyncLocalStorage<ContextFields>();
const none: ContextFields = Object.freeze({});

/** Runs `work`, and everything it starts, with `fields` added to the surrounding context. */
export function runWithContext<T>(fields: ContextFields, work: () => T): T {
  return storage.run({ ...storage.getStore(), ...fields }, work);
}

/** A snapshot; empty outside of any context. */
export function currentContext(): ContextFields {
  const store = storage.getStore();
  return store ? { ...store } : none;
}

/**
 * Adds to the context that the nearest `runWithContext` opened, such as the user once known. Contexts
 * opened inside it before keep what they had. Outside of any context it does nothing: there is nobody
 * it could belong to.
 */
export function setContext(fields: ContextFields): void {
  const store = storage.getStore();
  if (store) Object.assign(store, fields);
}
