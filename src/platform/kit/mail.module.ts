import { join } from 'node:path';
import { EffectiveConfig } from '../config/index.js';
import { DataFolder } from '../files/index.js';
import { Clock } from '../kernel/index.js';
import { Mail, MailService, mailConfig, mailErrors } from '../mail/index.js';
import { defineModule } from '../module/index.js';

export const mailModule = defineModule({
  name: 'mail',
  version: '1.0.0',
  summary: 'Mail to people; in this release written to files and not sent',
  criticality: 'optional',
  needs: { clock: Clock, dataFolder: DataFolder, effectiveConfig: EffectiveConfig },
  provides: { mail: Mail },
  config: mailConfig,
  errors: mailErrors,
  setup: ({ clock, dataFolder, effectiveConfig, config, log }) => {
    const folder = join(dataFolder.path, 'mail');
    const isProduction = effectiveConfig.environment === 'production';
    const service = new MailService({ config, folder, isProduction, clock, log });
    return { service, exposes: { mail: service } };
  },
});
