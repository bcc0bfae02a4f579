export { errorText } from './error-text.js';
export { type LogDestination, type LogFormat, standardError } from './log-output.js';
export { createLogger, type Logger, type LoggerOptions, type LogLevel } from './logger.js';
export { LoggerService } from './logger-service.js';
export { safeFields, scrubText } from './redaction.js';
