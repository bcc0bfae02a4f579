export { Clock, systemClock } from './clock.js';
export { type ContainerOptions, ServiceContainer, type ServiceNode } from './container.js';
export { dependencyOrder } from './graph.js';
export type { ServiceReport } from './health-watch.js';
export { newId } from './ids.js';
export { Instance } from './instance.js';
export { type Implementations, type Port, type Ports, port } from './port.js';
export { endInOrder } from './process-end.js';
export { type BaseService, type Health, type HealthStatus, healthy } from './service.js';
