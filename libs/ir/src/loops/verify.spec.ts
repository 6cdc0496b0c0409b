/** What verify accepts and what it refuses, each refusal with its whole message. */
import { expect } from 'chai';
import { unwrap } from '@loopsmith/util';
import { add, constant, loopVariable, scale, variable } from '../index/index-expression.js';
import { convolution, expandedConvolution, groupedLaunch, tailedSum } from './examples.spec.js';
import { parseProgram } from '../testing/parse-program.js';
import type { Buffer, Program } from './program.js';
import { verifyProgram } from './verify.js';

const header = 'buffer X: f32[64] input\nbuffer I: i32[4] input\nbuffer W: f32[64] compile\nbuffer Y: f32[64] output\nbuffer T: f32[64]\n';
const messages = (program: Program): readonly string[] => verifyProgram(program).map(({ message }) => message);
/** A kernel of these lines over X, I, W, Y, T. */
const program = (...lines: readonly string[]): Program => unwrap(parseProgram(`${header}kernel f\n${lines.map((line) => `  ${line}`).join('\n')}\n`));
const verdict = (...lines: readonly string[]): readonly string[] => messages(program(...lines));

describe('verifyProgram', () => {
  describe('accepts', () => {
    for (const [name, text] of Object.entries({ convolution, tailedSum, groupedLaunch, expandedConvolution }))
      it(name, () => expect(messages(unwrap(parseProgram(text)))).to.deep.equal([]));

    const sound: Readonly<Record<string, readonly string[]>> = {
      'a read that its select keeps in range': ['for a < 64: Y[a] = select a-1 >= 0 then X[a-1] else 0'],
      'a read in the branch a select leaves': ['for a < 64: Y[a] = select -a+2 >= 0 then 0 else X[a-3]'],
      'a tail under a guard of two variables': ['for a < 10, b < 7', '  if -7*a-b+63 >= 0: Y[7*a+b] = X[7*a+b]'],
      'a padded window whose row and column come from one fused loop': ['for t < 64 parallel, r < 3, s < 3', '  if t-8*(t/8)+s-1 >= 0 & -t+8*(t/8)-s+8 >= 0 & (t/8)+r-1 >= 0 & -(t/8)-r+8 >= 0: Y[t] = X[t+8*r+s-9]'],
      'what no point reaches': ['for a < 4', '  if a-9 >= 0: Y[a+100] = X[a+100]'],
      'an address only trying points can clear': ['for a < 8, b < 8', '  if 2*a-2*b-1 >= 0 & 2*b-2*a+1 >= 0: Y[90] = 0'],
      'parallel iterations of a fused loop': ['for t < 8 parallel, k < 2, x < 4: Y[4*t-16*(t/4)+32*(t/4)+16*k+x] = 0'],
      'parallel iterations that guards keep apart': ['for a < 4 parallel, b < 2, c < 4', '  if -4*b-c+5 >= 0: Y[6*a+4*b+c] = 0'],
      'parallel iterations that interleave': ['for a < 4 parallel, b < 16: Y[a+4*b] = 0'],
      'a parallel sum in place': ['for a < 4 parallel', '  Y[a] = 0', '  for b < 16: Y[a] += X[16*a+b]'],
      'scratch of one iteration': ['for a < 4 parallel', '  declare S: f32[4] scratch', '  for b < 4: S[b] = X[4*a+b]', '  for b < 4: Y[4*a+b] = S[-b+3]'],
      'the first lanes of a vector that the buffer ends in': ['write Y[61] first 3 = load4 X[61] first 3'],
      'slack under a dead read': ['declare S: f32[4] scratch slack 4', 'for a < 8: Y[a] = S[a]'],
      'registers set in an outer body': ['set r = broadcast4(0)', 'for a < 4: set r = r + load4 X[4*a]', 'write Y[0] = r'],
    };
    for (const [name, lines] of Object.entries(sound)) it(name, () => expect(verdict(...lines)).to.deep.equal([]));

    // too many points to try: only the argument can clear these
    const large: Readonly<Record<string, string>> = {
      'rows of two blocks of channels, fused, at full size': '112 parallel, x < 4, k < 2, i < 14, l < 16: Y[50176*k+l+16*i+224*x+896*t+50176*(t/56)] = X[50176*k+l+16*i+224*x+896*t+50176*(t/56)]',
      'tiles with a tail under a fused loop': '105 parallel, x < 3, i < 14\n    if -14*x-i+34 >= 0\n      for l < 16: Y[560*t-19600*(t/35)+39200*(t/35)+l+224*x+16*i] = 0',
      'channels that a split cuts across their blocks': '40 parallel, b < 3, p < 784, n < 2: Y[12544*((3*t+b)/16)+3*t+b-16*((3*t+b)/16)+16*p+100352*n] = 0',
      'a digit of a digit': '96 parallel, p < 784: Y[25088*(t/24)+12544*((t-24*(t/24))/16)+t-24*(t/24)-16*((t-24*(t/24))/16)+16*p] = 0',
    };
    for (const [name, loops] of Object.entries(large))
      it(name, () => expect(messages(unwrap(parseProgram(`buffer X: f32[401408] input\nbuffer Y: f32[401408] output\nkernel f\n  for t < ${loops}\n`)))).to.deep.equal([]));

    it('hundreds of unrolled stores, by asking each question once', () => {
      const unrolled = Array.from({ length: 400 }, (_, i) => `  if a+${i % 7}-1 >= 0: write Y[2*a] = load2 X[2*a+${i % 2}]`);
      expect(verdict('for a < 31 parallel', ...unrolled)).to.deep.equal([]);
    });
  });

  describe('refuses', () => {
    const refusals: readonly (readonly [string, readonly string[], ...string[]])[] = [
      ['a store past the end', ['for a < 65: Y[a] = 0'],
        'kernel f: `Y[a] = 0` stores outside Y, which has 64 elements: `a` at a = 64; guard the store or enlarge the buffer'],
      ['a store before the start', ['for a < 8, b < 8: Y[a-b] = 0'],
        'kernel f: `Y[a-b] = 0` stores outside Y, which has 64 elements: `a-b` at a = 0, b = 7; guard the store or enlarge the buffer'],
      ['a store into slack', ['declare S: f32[4] scratch slack 2', 'for a < 5: S[a] = 0'],
        'kernel f: `S[a] = 0` stores outside S, which has 4 elements: `a` at a = 4; guard the store or enlarge the buffer'],
      ['a read past the slack', ['declare S: f32[4] scratch slack 2', 'for a < 7: Y[a] = S[a]'],
        'kernel f: `Y[a] = S[a]` reads outside S, which has 4 elements and 2 of slack: `a` at a = 6; guard the read or give the buffer slack'],
      ['a constant address outside', ['Y[64] = 0'],
        'kernel f: `Y[64] = 0` stores outside Y, which has 64 elements: `64` at every point; guard the store or enlarge the buffer'],
      ['a vector that reaches past the end', ['for a < 16: write Y[4*a+1] = load4 X[4*a]'],
        'kernel f: `write Y[4*a+1] = load4 X[4*a]` stores outside Y, which has 64 elements: `4*a+1` and 3 after it at a = 15; guard the store or enlarge the buffer'],
      ['a gather of lanes before the start', ['write Y[0] = gather4 X[2] step -1'],
        'kernel f: `write Y[0] = gather4 X[2] step -1` reads outside X, which has 64 elements: `-1` at every point; guard the read or give the buffer slack'],
      ['an access through an address', ['for a < 16', '  address p = X + 4*a', '  write Y[0] = load4 p[1]'],
        'kernel f: `write Y[0] = load4 p[1]` reads outside X, which has 64 elements: `4*a+1` and 3 after it at a = 15; guard the read or give the buffer slack'],
      ['an address nobody can clear', ['for a < 1000, b < 1000, c < 1000, d < 1000', '  if a-b >= 0 & b-c >= 0 & c-d >= 0 & -a-b-c-d+63 >= 0: Y[(3*a+5*b)/7+(5*c+3*d)/7-(a+b+c+d)/3+30] = 0'],
        'kernel f: `Y[(3*a+5*b)/7+(5*c+3*d)/7-(a+b+c+d)/3+30] = 0` cannot be shown to stay inside Y, which has 64 elements: `(3*a+5*b)/7+(5*c+3*d)/7-(a+b+c+d)/3+30` ranges over 9..120; guard the store or enlarge the buffer'],
      ['a guard that is too weak', ['for a < 8: Y[a] = select a-1 >= 0 then X[a-2] else 0'],
        'kernel f: `Y[a] = select a-1 >= 0 then X[a-2] else 0` reads outside X, which has 64 elements: `a-2` at a = 1; guard the read or give the buffer slack'],
      ['a race', ['for a < 4 parallel: Y[0] = X[a]'],
        'kernel f: iterations 0 and 3 of parallel loop a meet at Y[0] in `Y[0] = X[a]`; make a serial or give each iteration elements of its own'],
      ['a race of overlapping tiles', ['for a < 4 parallel, b < 5: Y[4*a+b] = 0'],
        'kernel f: iterations 0 and 1 of parallel loop a meet at Y[4] in `Y[4*a+b] = 0`; make a serial or give each iteration elements of its own'],
      ['a race of vectors', ['for a < 4 parallel: write Y[4*a] = load8 X[8*a]'],
        'kernel f: iterations 0 and 1 of parallel loop a meet at Y[4] in `write Y[4*a] = load8 X[8*a]`; make a serial or give each iteration elements of its own'],
      ['a race between a store and a read', ['for a < 4 parallel: T[a+1] = T[a]'],
        'kernel f: iterations 0 and 1 of parallel loop a meet at T[1] in `T[a+1] = T[a]`; make a serial or give each iteration elements of its own'],
      ['a race between two stores', ['for a < 4 parallel', '  Y[a] = 0', '  Y[a+3] = 1'],
        'kernel f: iterations 3 and 0 of parallel loop a meet at Y[3] in `Y[a] = 0` and `Y[a+3] = 1`; make a serial or give each iteration elements of its own'],
      ['a race over a fused loop', ['for t < 8 parallel: Y[t/2] = 0'],
        'kernel f: iterations 0 and 1 of parallel loop t meet at Y[0] in `Y[t/2] = 0`; make t serial or give each iteration elements of its own'],
      ['iterations nobody can tell apart', ['for a < 4 parallel: Y[I{a; 0..63}] = 0'],
        'kernel f: the iterations of parallel loop a cannot be shown to keep apart in `Y[I{a; 0..63}] = 0`; make a serial or store by whole strides of it'],
      ['a register buffer indexed by a serial loop', ['declare A: f32[4] register', 'for a < 4: A[a] = 0'],
        'kernel f: `A[a] = 0` indexes register buffer A by serial loop a; unroll a or keep A in scratch'],
      ['a loop in a vectorized loop', ['for a < 4 vectorized, b < 4: Y[4*b+a] = 0'],
        'kernel f: vectorized loop a holds loop b; reorder so that a is the innermost'],
      ['a parallel loop inside another', ['for a < 4, b < 4 parallel: Y[4*a+b] = 0'],
        'kernel f: parallel loop b lies inside loop a; only the outermost loop can be parallel'],
      ['two parallel loops', ['for a < 4 parallel: Y[a] = 0', 'for b < 4 parallel: T[b] = 0'],
        'kernel f: a and b are both parallel; no barrier separates two parallel loops of one kernel, so make two kernels'],
      ['a store beside the parallel loop', ['T[0] = 0', 'for a < 4 parallel: Y[a] = 0'],
        'kernel f: `T[0] = 0` lies beside parallel loop a, so that every part would store it; make it a kernel of its own'],
      ['a read beside the parallel loop that stores', ['declare S: f32[1] scratch', 'for a < 4 parallel: T[a] = 0', 'S[0] = T[3]'],
        'kernel f: `S[0] = T[3]` reads T beside parallel loop a, which stores it without a barrier between; make it a kernel of its own'],
      ['a store to scratch of another part', ['declare S: f32[4] scratch', 'for a < 4 parallel: S[a] = 0'],
        'kernel f: `S[a] = 0` stores to S, which is declared outside parallel loop a, so that every part has another one; declare it inside'],
      ['a race that only a cut index shows', ['for a < 3 parallel, b < 4: Y[9*((3*a+b)/4)+3*a+b] = 0'],
        'kernel f: iterations 0 and 1 of parallel loop a meet at Y[3] in `Y[9*(3*a+b)/4+3*a+b] = 0`; make a serial or give each iteration elements of its own'],
      ['a variable bound twice', ['for a < 4, a < 4: Y[a] = 0'],
        'kernel f: loop a lies inside another loop a; every loop variable is bound once'],
      ['one name for two ranges', ['for a < 4: Y[a] = 0', 'for a < 8: T[a] = 0'],
        'kernel f: loop a runs over 0..7 here and over 0..3 elsewhere in the kernel; a name means one range, so rename one of them'],
      ['a loop without iterations', ['for a < 0: Y[0] = 0'], 'kernel f: loop a has no iterations; leave it out'],
      ['a store to an input', ['X[0] = 0'], 'kernel f: `X[0] = 0` stores to X, which the caller owns; store to the output or a temporary'],
      ['a name declared twice', ['declare X: f32[4] scratch'], 'kernel f: declares X, which is the name of a buffer in scope already; rename one of them'],
      ['a gather past its buffer', ['for a < 5: Y[a] = X[I{a; 0..63}]'],
        'kernel f: `Y[a] = X[I{a; 0..63}]` reads outside I, which has 4 elements: `a` at a = 4; guard the read or give the buffer slack'],
      ['a gather from nowhere', ['for a < 4: Y[a] = X[J{a; 0..63}]'], 'kernel f: `Y[a] = X[J{a; 0..63}]` gathers from buffer J, which is neither global nor declared around it'],
      ['a gather with two indices', ['for a < 4: Y[a] = X[I{a, a; 0..63}]'], 'kernel f: `Y[a] = X[I{a, a; 0..63}]` gathers from I with 2 indices; addresses in a program are flat'],
      ['a barrier some threads miss', ['for t < 8 thread.x', '  if t-4 >= 0', '    barrier block 3'],
        'kernel f: loop t is bound to thread.x, but the kernel has no launch; give it one that is as wide as its bound loops', 'kernel f: barrier block 3 lies under the guard `t-4 >= 0`, which differs between threads (t); move it out of the guard'],
      ['unrolled loops after expand', ['for a < 4 unrolled: write Y[a] = load1 X[a]'],
        'kernel f: loop a is still unrolled in an expanded program; expand turns such loops into text'],
      ['a register read before it is set', ['for a < 4: set r = 1', 'Y[0] = r'],
        'kernel f: `Y[0] = r` reads register r, which nothing around it has set before'],
      ['a let assigned again', ['let r = 1', 'set r = 2'], 'kernel f: `set r` assigns to r, which is a let; only registers made by set can be assigned again'],
      ['an address assigned to', ['address p = X + 1', 'set p = 2'], 'kernel f: `set p` assigns to p, which is an address; only registers made by set can be assigned again'],
      ['a second let', ['let r = 1', 'let r = 2'], 'kernel f: `let r = 2` names r a second time; a let is never assigned again'],
      ['a second address', ['address p = X + 1', 'address p = X + 2'], 'kernel f: `address p = X + 2` names p a second time; an address is never assigned again'],
      ['an address of an inner body', ['for a < 4', '  address p = X + 4*a', 'write Y[0] = load4 p[0]'],
        'kernel f: `write Y[0] = load4 p[0]` uses p as an address in X, which nothing around it has made'],
      ['a register that changes its type', ['set r = 1', 'set r = broadcast4(1)'], 'kernel f: `set r` assigns f32 x 4 to a register of f32 x 1; a register keeps its type'],
      ['lanes that differ', ['write Y[0] = load4 X[0] * 2'], 'kernel f: `write Y[0] = load4 X[0] * 2` combines `load4 X[0]` of 4 lanes with `2` of 1; broadcast the scalar'],
      ['a broadcast of a vector', ['write Y[0] = broadcast4(load2 X[0])'], 'kernel f: `write Y[0] = broadcast4(load2 X[0])` uses `load2 X[0]` of 2 lanes where a scalar belongs'],
      ['a lane a vector does not have', ['Y[0] = lane4(load4 X[0])'], 'kernel f: `Y[0] = lane4(load4 X[0])` takes lane 4 of `load4 X[0]`, which has 4 lanes'],
      ['a store of another dtype', ['Y[0] = I[0]'], 'kernel f: `Y[0] = I[0]` stores i32 in Y, which holds f32; cast the value'],
      ['a write of another dtype', ['write Y[0] = load2 I[0]'], 'kernel f: `write Y[0] = load2 I[0]` stores i32 in Y, which holds f32; cast the value'],
      ['operands of two dtypes', ['Y[0] = X[0] + I[0]'], 'kernel f: `Y[0] = X[0] + I[0]` combines `X[0]` of f32 with `I[0]` of i32; cast one'],
      ['a comparison of two dtypes', ['Y[0] = choose X[0] < I[0] then 1 else 2'], 'kernel f: `Y[0] = choose X[0] < I[0] then 1 else 2` combines `X[0]` of f32 with `I[0]` of i32; cast one'],
      ['branches of two dtypes', ['for a < 2: Y[a] = select a-1 >= 0 then X[a] else I[a]'], 'kernel f: `Y[a] = select a-1 >= 0 then X[a] else I[a]` combines `X[a]` of f32 with `I[a]` of i32; cast one'],
      ['lanes of two dtypes', ['write Y[0] = assemble_f32(X[0], I[0])'], 'kernel f: `write Y[0] = assemble_f32(X[0], I[0])` assembles `I[0]` of i32 among lanes of f32; cast it'],
      ['lanes that have no halves', ['Y[0] = across_add(load3 X[0])'], 'kernel f: `Y[0] = across_add(load3 X[0])` combines the 3 lanes of `load3 X[0]` by halves; a power of two of them, more than one, can be'],
      ['the first lanes that are all', ['write Y[0] first 4 = load4 X[0]'], 'kernel f: `write Y[0] first 4 = load4 X[0]` takes the first 4 of 4 lanes; it is at least one and fewer than all'],
      ['a vector in a scalar store', ['Y[0] = load2 X[0]'], 'kernel f: `Y[0] = load2 X[0]` uses `load2 X[0]` of 2 lanes where a scalar belongs'],
    ];
    for (const [name, lines, ...expected] of refusals) it(name, () => expect(verdict(...lines)).to.deep.equal(expected));

    const Y: Buffer = { name: 'Y', dtype: 'f32', size: 4, scope: 'global', role: 'output', slack: 0 };
    const one = { kind: 'constant', dtype: 'f32', value: 1 } as const;
    const built = (...body: Program['kernels'][number]['body']): Program => ({ buffers: [Y], kernels: [{ name: 'f', launch: null, body }] });

    it('a negative dividend, which no constructor makes', () => {
      const a = loopVariable('a', 8), dividend = scale(variable(a), -1);
      const at = add(constant(4), { kind: 'index', constant: 0, terms: [{ coefficient: 1, atom: { kind: 'floorDivision', index: dividend, divisor: 2, first: -4, last: 0, text: '(-a)/2' } }] });
      expect(messages(built({ kind: 'for', variable: a, as: 'serial', body: [{ kind: 'store', buffer: { ...Y, size: 5 }, at, value: one }] })))
        .to.include('kernel f: `Y[(-a)/2+4] = 1` divides `-a`, which is negative at a = 7; C rounds such a quotient up, so add a multiple of 2 first');
    });

    it('a variable no loop binds', () => expect(messages(built({ kind: 'store', buffer: Y, at: variable(loopVariable('a', 4)), value: one })))
      .to.deep.equal(['kernel f: `Y[a] = 1` uses a, which no loop around it binds']));
    it('a variable with a narrower range than its loop', () => expect(messages(built({ kind: 'for', variable: loopVariable('a', 9), as: 'serial', body: [{ kind: 'store', buffer: Y, at: variable(loopVariable('a', 4)), value: one }] })))
      .to.deep.equal(['kernel f: `Y[a] = 1` takes a for 0..3; its loop runs over 0..8']));
    it('a buffer out of scope', () => expect(messages(built({ kind: 'store', buffer: { ...Y, name: 'Z' }, at: variable(loopVariable('a', 1)), value: one })))
      .to.deep.equal(['kernel f: `Z[0] = 1` uses buffer Z, which is neither global nor declared around it']));
    it('a buffer taken for another', () => expect(messages(built({ kind: 'store', buffer: { ...Y, size: 8 }, at: variable(loopVariable('a', 1)), value: one })))
      .to.deep.equal(['kernel f: `Y[0] = 1` takes Y for f32[8] global slack 0; it is f32[4] global slack 0']));
    it('two buffers of one name', () => expect(messages({ buffers: [Y, Y], kernels: [] }))
      .to.deep.equal(['the program has two buffers named Y; every buffer needs a name of its own']));
    it('a read of another dtype', () => expect(messages(built({ kind: 'write', buffer: Y, base: null, at: variable(loopVariable('a', 1)), value: { kind: 'cast', dtype: 'f32', of: { kind: 'read', type: { dtype: 'i32', lanes: 2 }, buffer: Y, base: null, at: variable(loopVariable('a', 1)) } } })))
      .to.deep.equal(['kernel f: `write Y[0] = f32(load2 Y[0])` reads Y as i32; it holds f32, so cast the value']));
    it('a register taken for another type', () => expect(messages(built({ kind: 'set', name: 'r', value: one }, { kind: 'set', name: 's', value: { kind: 'register', name: 'r', type: { dtype: 'f32', lanes: 4 } } })))
      .to.deep.equal(['kernel f: `set s` reads r as f32 x 4; it was set as f32 x 1']));
  });
});
