/** The commands of the guide and of the README, run as they stand but for their times, in one folder, in their order: by the function that the program is, and by a shell where they need one. */
import { writeNpy } from '@loopsmith/npy';
import { command, needs, repository } from '@loopsmith/testing';
import { expect } from 'chai';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { caseFile, inputShape, numbers, pooledAnswer, pooledModel } from './models.js';
import { program, Workplace } from './program.js';

/** Lines of the ```sh blocks of a document, without the remarks behind them. */
const commandsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block]) => block!.split('\n')).map((line) => line.replace(/\s+#.*$/, '').trim()).filter((line) => line !== '');

/** Minutes become a second: what is under test is the command, not what it finds. */
const shortened = (line: string): string => line.replace(/--budget \w+/, '--budget 1s').replace(/--time \w+/, '--time 0.2s');

const image = numbers(inputShape);

describe('documented commands', function () {
  const prepare = (place: Workplace, model: string): void => {
    place.write(model, pooledModel());
    place.write('x.npy', writeNpy({ dtype: 'f32', shape: inputShape, values: image }));
    for (const folder of ['case', 'case/test_data_set_0']) mkdirSync(place.path(folder), { recursive: true });
    place.write('case/test_data_set_0/input_0.pb', caseFile('x', inputShape, image));
    place.write('case/test_data_set_0/output_0.pb', caseFile('y', [1, 8, 1, 1], pooledAnswer(image)));
    copyFileSync(repository('docs', 'examples', 'c', 'classify.c'), place.path('classify.c'));
  };
  const run = async (place: Workplace, line: string): Promise<void> => {
    const short = shortened(line), [npx, name, ...words] = short.split(' ');
    // words alone need no shell, and the program is the same function; what a shell reads otherwise is left to one
    const alone = npx === 'npx' && name === 'loopsmith' && /^[\w ./:=,-]+$/.test(short);
    const { code, out, err } = alone ? await place.command(...words) : await place.start('/bin/sh', ['-c', `npx() { shift; "${process.execPath}" "${program}" "$@"; }\n${short}`]).ended;
    expect(code, `${line}\n${out}${err}`).to.equal(0);
  };
  before(function () { needs(this, command('gcc')); });

  it('of docs/guides/tune-and-deploy.md all work, one after another', async () => {
    const lines = commandsOf(readFileSync(repository('docs', 'guides', 'tune-and-deploy.md'), 'utf8'));
    expect(lines.length).to.be.greaterThan(15);
    const place = new Workplace();
    try {
      prepare(place, 'model.onnx');
      for (const line of lines) await run(place, line);
      expect(readFileSync(place.path('best.jsonl'), 'utf8')).to.match(/^\{"task":/);
      expect(existsSync(place.path('answers', 'y.npy'))).to.equal(true);
    } finally {
      place.remove();
    }
  });

  it('of the README all work: those of loopsmith are run, those of npm exist, as those that measure do', async () => {
    const lines = commandsOf(readFileSync(repository('README.md'), 'utf8'));
    const measuring = commandsOf(readFileSync(repository('docs', 'benchmarks.md'), 'utf8'));
    const { scripts } = JSON.parse(readFileSync(repository('package.json'), 'utf8')) as { scripts: Readonly<Record<string, string>> };
    for (const line of [...lines, ...measuring].filter((one) => one.startsWith('npm '))) expect(scripts, line).to.have.property(/^npm (?:run )?(\S+)/.exec(line)![1]!);
    const own = lines.filter((line) => line.startsWith('npx loopsmith '));
    expect(own.length).to.be.greaterThan(5);
    expect([...lines, ...measuring].filter((line) => !/^np[mx] /.test(line)), 'commands that no test runs').to.deep.equal([]);
    const place = new Workplace();
    try {
      prepare(place, 'MODEL.onnx');
      for (const line of own) await run(place, line.replace('data=x.npy', 'x=x.npy'));
    } finally {
      place.remove();
    }
  });
});
