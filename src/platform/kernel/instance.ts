import { port } from './port.js';

/** This process among the replicas. */
export interface Instance {
  /** Tells replicas apart, for people: in logs, in leases. New at each start. */
  readonly name: string;
}

export const Instance = port<Instance>('instance');
