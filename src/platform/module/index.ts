export { type AssembledModule, type Assembly, assemble, type Given } from './assemble.js';
export { defineModule, type Module, type ModuleContext, type ModuleParts } from './define-module.js';
export { ServiceCalls } from './service-calls.js';
