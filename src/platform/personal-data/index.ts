export { type PersonalDataHolder, PersonalDataHolders } from './personal-data.js';
