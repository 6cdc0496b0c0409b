/** Channels in memory keep what every channel keeps. */
import { channelChecks, type KitValue } from '@loopsmith/kits';
import { memoryTopic } from './channel.js';

describe('a channel in memory', () => {
  const newTopic = async () => {
    const topic = memoryTopic<KitValue>(({ key }) => key);
    return { open: () => topic.channel('group'), close: async () => undefined };
  };
  for (const { name, run } of channelChecks(newTopic)) it(name, run);
});
