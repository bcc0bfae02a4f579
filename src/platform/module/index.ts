export { defineModule, type Module, type ModuleContext, type ModuleParts } from './define-module.js';
