export { aiErrors } from './ai.errors.js';
export { aiModule } from './ai.module.js';
