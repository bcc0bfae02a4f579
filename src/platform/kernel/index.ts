export { Clock, systemClock } from './clock.js';
export { newId } from './ids.js';
export { type Implementations, type Port, type Ports, port } from './port.js';
export { type BaseService, type Health, type HealthStatus, healthy } from './service.js';
