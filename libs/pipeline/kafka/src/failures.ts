/**
 * What the Kafka client throws, as a sentence that names the address, the likely mistake and the way out. The shapes were
 * measured on real brokers (every mistake of an operator gives another one); anything else is passed on as it is.
 */
import type { Failure } from '@loopsmith/util';
import type { KafkaConfig } from './client.js';

interface Shape { readonly name: string; readonly type: string; readonly code: string; readonly message: string; readonly groupId?: string }

/** An error and what caused it, outermost first. */
const chainOf = (error: unknown): readonly Shape[] => {
  const chain: Shape[] = [];
  for (
    let one = error as Record<string, unknown> | undefined;
    one !== undefined && one !== null && chain.length < 10;
    one = (one['cause'] ?? one['originalError'] ?? (one['errors'] as Record<string, unknown>[] | undefined)?.[0]) as
      Record<string, unknown> | undefined
  ) {
    const text = (name: string): string => (typeof one[name] === 'string' ? one[name] : '');
    chain.push({ name: text('name'), type: text('type'), code: text('code'), message: text('message') });
  }
  return chain;
};

/** Whether the same may work later. */
export const isRetriable = (error: unknown): boolean =>
  !chainOf(error).some(
    ({ type, name }) =>
      [
        'MESSAGE_TOO_LARGE', 'TOPIC_AUTHORIZATION_FAILED', 'GROUP_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED', 'INVALID_TOPIC_EXCEPTION',
      ].includes(type) || name === 'KafkaJSSASLAuthenticationError',
  );

/** What a broker that goes or comes gives for a moment, and a wrong port or a missing login always: asked again a little later, it tells which. */
export const isDoubtful = (error: unknown): boolean =>
  chainOf(error).some(({ name, code }) => name === 'KafkaJSConnectionClosedError' || name === 'KafkaJSRequestTimeoutError' || code === 'ECONNRESET' || code === 'EPIPE');

/** `during`: what was tried, such as `connecting`. */
export const kafkaFailure = (error: unknown, { brokers, tls, sasl, prefix }: KafkaConfig, during: string): Failure => {
  const chain = chainOf(error), where = brokers.join(',');
  const has = (test: (shape: Shape) => boolean): boolean => chain.some(test);
  const type = (wanted: string) => ({ type: found }: Shape): boolean => found === wanted;
  const code = (...wanted: readonly string[]) => ({ code: found, message }: Shape): boolean => wanted.some((one) => found === one || message.includes(one));
  const name = (wanted: string) => ({ name: found }: Shape): boolean => found === wanted;
  const text = chain.map((shape) => `${shape.name}${shape.type ? ` ${shape.type}` : ''}${shape.code ? ` ${shape.code}` : ''}: ${shape.message}`).join('\n');
  const said = (kind: string, message: string): Failure => ({ code: kind, stage: 'kafka', message, text });
  if (has(name('KafkaJSSASLAuthenticationError')))
    return said(
      'kafka-login',
      `the broker at ${where} refused the login of "${sasl?.username ?? ''}"; check the user name and the password, and that the user was made for ${sasl?.mechanism ?? 'this mechanism'}`,
    );
  if (has(type('UNSUPPORTED_SASL_MECHANISM')))
    return said(
      'kafka-login',
      `the broker at ${where} does not offer ${sasl?.mechanism}; choose another with --sasl-mechanism (plain, scram-sha-256, scram-sha-512)`,
    );
  if (has(type('ILLEGAL_SASL_STATE'))) return said('kafka-login', `the broker at ${where} asks for no login on this port; leave the SASL options out, or give the port that does`);
  if (has(type('TOPIC_AUTHORIZATION_FAILED')))
    return said(
      'kafka-acl',
      `${sasl ? `user "${sasl.username}"` : 'this client'} may not use the topics ${prefix}.* at ${where}; give it READ, WRITE, DESCRIBE and CREATE on topics with that prefix`,
    );
  if (has(type('CLUSTER_AUTHORIZATION_FAILED')))
    return said(
      'kafka-acl',
      `${sasl ? `user "${sasl.username}"` : 'this client'} may not create the topics ${prefix}.* at ${where}; give it CREATE on them, or create them first from the table in docs/topics.md`,
    );
  if (has(type('GROUP_AUTHORIZATION_FAILED')))
    return said(
      'kafka-acl',
      `${sasl ? `user "${sasl.username}"` : 'this client'} may not join the groups ${prefix}.* at ${where}; give it READ on groups with that prefix`,
    );
  if (has(code('SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY')))
    return said(
      'kafka-tls',
      `the certificate of the broker at ${where} is signed by an authority that is not trusted here; give the authority's PEM file with --tls-ca`,
    );
  if (has(code('ERR_TLS_CERT_ALTNAME_INVALID')))
    return said(
      'kafka-tls',
      `the certificate of the broker at ${where} is for another name; give the name in it with --tls-server-name, or the address it was made for`,
    );
  if (has(code('CERT_HAS_EXPIRED'))) return said('kafka-tls', `the certificate of the broker at ${where} has expired; renew it on the broker`);
  if (has(name('KafkaJSServerDoesNotSupportApiKey')))
    return said(
      'kafka-port',
      `the port in ${where} answers, but serves no clients (it may be a controller's); give the port of the broker's client listener`,
    );
  if (has(code('ENOTFOUND', 'EAI_AGAIN'))) return said('kafka-address', `the host name in ${where} is not known here; check its spelling`);
  if (has(code('ECONNREFUSED'))) return said('kafka-unreachable', `nothing listens at ${where}; start a broker with \`loopsmith broker\`, or check host and port`);
  if (tls && has(code('ECONNRESET', 'wrong version number', 'EPROTO')))
    return said('kafka-tls', `the broker at ${where} speaks no TLS on this port; leave the TLS options out, or give the port that does`);
  if (!tls && has(name('KafkaJSConnectionClosedError')))
    return said('kafka-tls', `the broker at ${where} closed the connection at the first words; its port may want TLS, so add --tls (and --tls-ca), or belong to something that is no broker`);
  if (tls && !sasl && has(name('KafkaJSConnectionClosedError')))
    return said(
      'kafka-login',
      `the broker at ${where} closed the connection after TLS was set up; it may want a login: add --sasl-username and --sasl-password`,
    );
  if (has(code('ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH')) || has(({ message }) => /timeout/i.test(message)))
    return said('kafka-unreachable', `the broker at ${where} did not answer in time; check the address, and that a firewall lets it through`);
  if (has(type('INVALID_REPLICATION_FACTOR'))) return said('kafka-topics', `the cluster at ${where} has fewer brokers than the copies asked for; lower --replication`);
  return said('kafka-failed', `${during} at ${where} failed: ${chain.at(-1)?.message || String(error)}`);
};
