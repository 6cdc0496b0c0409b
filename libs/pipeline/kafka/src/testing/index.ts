/** What tests of a broker with access lists need: the administrator's part, which a user has tools of Kafka for. */
export { grantAccess, type Access } from './grant-access.js';
