export { lockedProblem, readerErrors } from './reader.errors.js';
export { readerModule } from './reader.module.js';
export {
  ChapterReading,
  type ChapterReadingPort,
  type ChapterReadingResult,
  Membership,
  type MembershipPort,
  Ownership,
  type OwnershipPort,
  type ReadingBenefits,
  type ReadingDecision,
} from './reader.port.js';
