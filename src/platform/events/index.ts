export { type AddOptions, type DeliveredEvent, defineEvent, type EventDefinition, Events } from './event.js';
export { type EventHandler, onEvent } from './event-handler.js';
