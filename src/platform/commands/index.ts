export { type AnyCommand, type Command, type CommandIo, defineCommand } from './command.js';
