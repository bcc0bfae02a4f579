export { type AnyCommand, type Command, type CommandIo, defineCommand } from './command.js';
export { commandErrors, isUsageProblem } from './command-errors.js';
export { type ControlFile, readControlFile, removeControlFile, writeControlFile } from './control-file.js';
export { controlMediaType, controlPath, controlRoutes } from './control-routes.js';
export {
  type CommandOutcome,
  type CommandProblem,
  type CommandProgress,
  problemOf,
  runCommand,
} from './run-command.js';
