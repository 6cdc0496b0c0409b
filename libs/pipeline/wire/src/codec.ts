/** Messages as text and back: one line of JSON, checked field by field on the way in, refused above its largest size on the way out. */
import { fail, refuse, succeed, type Outcome } from '@loopsmith/util';
import { topics, wireVersion, type Messages, type TopicName } from './topics.js';

/** UTF-8 bytes: half of what brokers take, so that none is refused for its company. */
export const largestMessage = 512 * 1024;

export const encode = <K extends TopicName>(topic: K, message: Messages[K]): string => {
  const text = JSON.stringify(message), bytes = Buffer.byteLength(text);
  return bytes <= largestMessage ? text
    : refuse({ code: 'message-large', stage: 'wire', message: `a message for ${topic} has ${bytes} bytes, ${largestMessage} are the most; ask for smaller batches` });
};

export const decode = <K extends TopicName>(topic: K, text: string): Outcome<Messages[K]> => {
  const refused = (why: string): Outcome<never> =>
    fail({
      code: 'message-unreadable',
      stage: 'wire',
      message: `a message of ${topic} is not of version ${wireVersion} as this Loopsmith knows it: ${why}; use the same release for all workers of a cluster`,
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused('it is no JSON');
  }
  const wrong = topics[topic].shape(value, '');
  return wrong === null ? succeed(value as Messages[K]) : refused(wrong);
};
