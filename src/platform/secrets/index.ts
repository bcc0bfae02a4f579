export { type KeyUse, type ResealBatch, type SecretHolder, SecretHolders } from './secret-holder.js';
export { secretsCommands } from './secrets.commands.js';
export { secretsConfig } from './secrets.config.js';
export { type SealedSecret, Secrets } from './secrets.js';
export { StoredSecrets } from './stored-secrets.js';
