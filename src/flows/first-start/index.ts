export { firstStart } from './first-start.js';
