export { type ContextFields, currentContext, runWithContext, setContext } from './context.js';
export { type TraceContext, traceContext } from './trace.js';
