import Type from 'typebox';
import { proofPassword } from '../password/password.schema.js';

export const ProofBody = Type.Object({ password: proofPassword });

export const exportExample = `{"format":"qingyu-personal-data","version":1,"userId":"0198b3c8-1f3a-7c21-9d55-6f0a3c1b7e42","createdAt":"2026-11-24T08:00:00.000Z","data":{
"account":[
{"username":"lin_daiyu","nickname":"黛玉","roles":["reader"]}],
"sessions":[]
}}
`;
