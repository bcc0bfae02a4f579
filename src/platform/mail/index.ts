export { mailConfig } from './mail.config.js';
export { mailErrors } from './mail.errors.js';
export { Mail, type MailMessage, type MailReceipt } from './mail.js';
export { MailService } from './mail.service.js';
