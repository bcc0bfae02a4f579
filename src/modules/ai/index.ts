export { aiModule } from './ai.module.js';
