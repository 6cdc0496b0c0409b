/** A process that holds one engine with one network and answers questions one by one: so that no engine's waiting threads disturb another's times. */
import { InferenceSession, Tensor } from '@loopsmith/runtime';
import { zooInput, zooInputShape, zooNames } from '@loopsmith/zoo';
import type { Answer, EngineSetup, Question } from './engine-messages.js';
import { openOnnxRuntime } from './onnxruntime.js';

const setup = JSON.parse(process.argv[2]!) as EngineSetup;
const network = zooNames.find((name) => name === setup.network)!;
const shape = zooInputShape(network);

const open = async (): Promise<(input: Float32Array) => Promise<Float32Array>> => {
  if (setup.engine === 'onnxruntime') return openOnnxRuntime(setup.peers, setup.path, setup.threads, shape);
  const session = await InferenceSession.create(setup.path, { threads: setup.threads });
  const [output] = session.outputNames;
  // on the calling thread, as the others compute: handing a run to another thread and back would count for this engine alone
  return (input) => Promise.resolve(session.runSync({ data: new Tensor('float32', input, shape) })[output!]!.data as Float32Array);
};

const opened = open();
let warm = false;

const answer = async (question: Question): Promise<readonly number[]> => {
  const run = await opened;
  switch (question.ask) {
    case 'times': {
      const input = zooInput(network, 1), began = performance.now();
      // the first turn warms up in full; later ones only bring caches and threads back
      for (let i = 0; i < 3 || (!warm && performance.now() - began < 300); i++) await run(input);
      warm = true;
      const times: number[] = [];
      for (let i = 0; i < question.runs; i++) {
        const start = performance.now();
        await run(input);
        times.push(performance.now() - start);
      }
      return times;
    }
    case 'answer': return [...await run(zooInput(network, question.seed))];
    case 'memory': return [process.resourceUsage().maxRSS * 1024];
    default: return question satisfies never;
  }
};

// engines may hold threads that would keep it alive
process.once('disconnect', () => process.exit(0));
process.on('message', (question: Question) => {
  const reply = (message: Answer): void => { process.send!(message); };
  answer(question).then((numbers) => reply({ numbers }), (error: unknown) => reply({ trouble: error instanceof Error ? error.message : String(error) }));
});
