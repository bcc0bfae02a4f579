export { lockedProblem, readerErrors } from './reader.errors.js';
export { readerModule } from './reader.module.js';
export { ChapterReading, type ChapterReadingPort, type ChapterReadingResult } from './reader.port.js';
