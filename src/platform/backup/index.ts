export { backupCommands } from './backup.commands.js';
export { backupErrors } from './backup.errors.js';
export { BackupService } from './backup.service.js';
export { RestoreService } from './restore.service.js';
export { type RestoreParticipant, RestoreParticipants } from './restore-participant.js';
