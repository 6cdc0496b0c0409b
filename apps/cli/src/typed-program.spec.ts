/** What is said of the program, as whoever started it types it: from npx, from the PATH, by a path; and what stays as it is. */
import { expect } from 'chai';
import { typedProgram } from './typed-program.js';
import { fakeWorld } from './testing/fake-world.js';

describe('the program as it is typed', () => {
  it('is what npx, the PATH or a path start', () => {
    const npm = { npm_config_user_agent: 'npm/11.0.0 node/v20.20.2', PATH: '/app/node_modules/.bin:/usr/bin' };
    expect(typedProgram('/app/node_modules/.bin/loopsmith', '/app', npm)).to.equal('npx loopsmith');
    expect(typedProgram('/usr/local/bin/loopsmith', '/app', { PATH: '/usr/local/bin:/usr/bin' })).to.equal('loopsmith');
    expect(typedProgram('/app/node_modules/.bin/loopsmith', '/app', { PATH: '/usr/bin' })).to.equal('node_modules/.bin/loopsmith');
    expect(typedProgram('/app/node_modules/.bin/loopsmith', '/app', {})).to.equal('node_modules/.bin/loopsmith');
    expect(typedProgram('/app/loopsmith', '/app', { PATH: '/usr/bin' })).to.equal('./loopsmith');
    expect(typedProgram('/a/loopsmith.js', '/far/away/from/it', { PATH: '/a' })).to.equal('/a/loopsmith.js');
    expect(typedProgram('/my app/loopsmith.js', '/', {})).to.equal("'my app/loopsmith.js'");
  });

  const npx = fakeWorld({ program: 'npx loopsmith' });
  after(() => { npx.remove(); });

  it('stands in ways out, in the help and in the examples', async () => {
    expect((await npx.cli('tune', 'absent.onnx')).err).to.equal(
      'loopsmith: there is no model file absent.onnx; give the path of an .onnx file, or make one with `npx loopsmith zoo resnet18 -o resnet18.onnx`\n');
    const { out } = await npx.cli('--help');
    expect(out).to.match(/^Usage: npx loopsmith \[options\]/);
    expect(out).to.include('  $ npx loopsmith tune model.onnx && npx loopsmith compile model.onnx -o model && npx loopsmith bench model\n');
    expect((await npx.cli('replay', '--help')).out).to.match(/^Usage: npx loopsmith replay .*\$ npx loopsmith tune model\.onnx --log run\.jsonl && npx loopsmith replay run\.jsonl --verify\n/s);
  });

  it('stays as it is in JSON, and where it is typed by its name', async () => {
    const json = async (world: typeof npx): Promise<string> => (await world.cli('explain-error', 'library-missing', '--json')).out, plain = fakeWorld();
    try {
      expect(await json(npx)).to.include('`loopsmith compile ');
      expect((await npx.cli('explain-error', 'library-missing')).out).to.include('`npx loopsmith compile ');
      expect((await plain.cli('--help')).out).to.match(/^Usage: loopsmith \[options\]/);
    } finally {
      plain.remove();
    }
  });
});
