/**
 * Every failure code of the house, explained: what it means and what to do. `explain-error` prints it; a spec finds codes in
 * the sources that are missing here. Messages of single failures stand where they are made.
 */

/** `means`: what happened. `remedy`: what helps, the likeliest first. */
export interface Explanation { readonly means: string; readonly remedy: string }

const onnxFile = 'Download or export the model again, and check that the whole file arrived.';
const oneCandidate = 'Nothing to do: one candidate is lost, the search goes on, and the record keeps the words.';
const reportBug = 'Please report it with the command line and the output of --verbose.';

export const failureCodes: Readonly<Record<string, Explanation>> = {
  // the model on its way in
  'model-missing': {
    means: 'There is no file at the path given for the model.',
    remedy: 'Check the path; `loopsmith zoo resnet18 -o resnet18.onnx` makes a model to try.',
  },
  'model-format': {
    means: 'No front end knows the format of this file, judged by its content.',
    remedy: 'Export the model in a format that the message lists.',
  },
  'model-empty': { means: 'The file given for the model has no bytes.', remedy: onnxFile },
  'file-missing': {
    means: 'A file named on the command line does not exist.',
    remedy: 'Check the path; arrays are .npy files, written with numpy.save or `loopsmith zoo NAME --input FILE`.',
  },
  'file-unreadable': { means: 'The system refuses to read a file.', remedy: 'Check its permissions, that it is a file and no folder, and how many files this shell may open (`ulimit -n`).' },
  'file-unwritable': {
    means: 'The system refuses to write a file or folder.',
    remedy: 'Name a place that exists and that you may write, or make room where the disk is full.',
  },
  'folder-untrusted': {
    means: "Programs that Loopsmith builds once and runs again lie in one folder a user, below the folder for temporary files. There is one of this user's name that is not this user's alone.",
    remedy: 'Remove it if you may and look who made it, or set TMPDIR to a folder of your own.',
  },
  'option-invalid': {
    means: 'An option, of the command line or of a program, has a value that cannot be, or is none that there is.',
    remedy: 'Correct it as the message says.',
  },
  'onnx-damaged': { means: 'The bytes are no ONNX model or tensor: a field does not decode.', remedy: onnxFile },
  'onnx-truncated': { means: 'The model ends in the middle of a field.', remedy: onnxFile },
  'onnx-empty': { means: 'The file has no bytes.', remedy: onnxFile },
  'onnx-too-deep': {
    means: 'Messages are nested deeper than any exporter nests them.',
    remedy: 'Take the model from a source you trust; such a file is made to hurt its readers.',
  },
  'onnx-model': {
    means: 'The model decodes, but is no sound graph: names twice, outputs that nothing computes, a version that is not read.',
    remedy: 'Export it again with a current exporter; `onnx.checker.check_model` says more.',
  },
  'onnx-tensor': { means: 'A weight has no usable type, shape or data.', remedy: 'Export the model again with float weights.' },
  'onnx-external-data': {
    means: "Weights in files beside the model cannot be read, or their path leaves the model's folder.",
    remedy: 'Keep the data files beside the model under the names it gives them.',
  },
  'model-input': {
    means: 'An input has no tensor type that is supported, or a value was given for an input that is none.',
    remedy: 'Use the input names that the message lists.',
  },
  'model-invalid': {
    means: 'The model decodes, but is no sound graph: names twice, or outputs that nothing computes.',
    remedy: 'Export it again with a current exporter.',
  },
  'model-is-library': {
    means: 'A folder given as a model is a compiled library.',
    remedy: 'Give the model it was made from; `loopsmith run` runs the folder.',
  },
  'shape-needed': {
    means: 'A dimension is open, or the given shape does not fit. Libraries are compiled for fixed shapes.',
    remedy: 'Give sizes with --shape NAME=1,3,224,224; `loopsmith inspect MODEL` shows which are open.',
  },
  'value-needed': {
    means: 'The value of an input decides shapes, so it has to be known when the library is built.',
    remedy: 'Give it with --value NAME=F.npy.',
  },
  'node-refused': {
    means: 'One node uses a form of its operator that is not imported.',
    remedy: 'Export the node in the way the message names, or simplify the model before.',
  },
  'unknown-operator': {
    means: 'The model uses operators that are not imported; all are named at once.',
    remedy: 'Export the model without them, or cut them off where they stand at its ends.',
  },
  'cut-invalid': {
    means: 'A model was to be cut at a tensor it does not have, or where its parts do not come apart.',
    remedy: 'Use names that the message lists.',
  },
  'folder-of-models': { means: 'A folder holds several models.', remedy: 'Give one of those the message lists.' },
  'folder-without-model': {
    means: 'A folder holds no model of a known format and no compiled library.',
    remedy: 'Give the file of the model, or its own folder.',
  },
  'path-outside': {
    means: 'A model refers to a file outside its own folder.',
    remedy: 'Copy the file into the folder of the model, if you trust the model.',
  },
  'mxnet-params': {
    means: 'A file holds the parameters of an MXNet model, and not its graph, or cannot be read as parameters.',
    remedy: 'Give the -symbol.json file, with the .params file beside it.',
  },
  'mxnet-symbol': { means: 'A file is no MXNet symbol.', remedy: 'Save the model again with its symbol as JSON.' },
  'tensorflow-damaged': { means: 'A TensorFlow model cannot be decoded.', remedy: 'Download or convert it again.' },
  'tensorflow-truncated': { means: 'A TensorFlow model ends in the middle of a field.', remedy: 'Download or export it again.' },
  'tensorflow-unsupported': {
    means: 'A TensorFlow file holds values or a compression that Loopsmith does not read.',
    remedy: 'Export the model with float32 weights, unpartitioned.',
  },
  'tensorflow-missing': { means: 'A file of weights or of variables is not beside its model.', remedy: 'Put it back, or give the whole folder.' },
  'npy-refused': {
    means: 'A file is no .npy array of a type that is read.',
    remedy: 'Write it with numpy.save as a C-ordered array of numbers or bool.',
  },
  'graph-invalid': {
    means: 'The imported graph contradicts itself: shapes, types, or an output that is an input.',
    remedy: 'Correct the model where the message points.',
  },
  'operator-unknown': {
    means: 'An operator of the graph has no definition.',
    remedy: 'Replace it in the model, or add a definition to lowering/operators.',
  },
  'operator-refused': { means: 'An operator is defined, but not for these attributes or shapes.', remedy: 'Change the node as the message says.' },
  'pass-unknown': { means: '--print-ir names a pass that does not run.', remedy: 'Take a name of the list in the message, or after=all.' },
  'text-unreadable': {
    means: 'A text form (graph, definition, schedule, program) does not parse.',
    remedy: 'Check the place that the message quotes; texts that Loopsmith wrote parse.',
  },
  'definition-invalid': {
    means: 'A tensor expression reads outside a tensor, uses what it does not have, or mixes types.',
    remedy: 'Correct the definition as the message says.',
  },
  // plugins, targets, devices
  'unknown-id': {
    means: 'No plugin contributes the name asked for.',
    remedy: 'Take a name of the list in the message, or load its plugin with --plugin.',
  },
  'tfjs-missing': {
    means: 'The cost model `neural` learns with TensorFlow.js, which is not installed.',
    remedy: 'Add it with npm as the message says, or take another --model.',
  },
  'plugin-failed': { means: 'A plugin threw while it was loaded.', remedy: 'Mend it, or leave it out.' },
  'plugin-invalid': {
    means: 'A module is no plugin: no ContainerModule as default export, or a contribution without an id.',
    remedy: 'End it with `export default new ContainerModule(({ bind }) => { … })`, imported from loopsmith/plugin.',
  },
  'plugin-duplicate': { means: 'Two contributions of one kind have the same id.', remedy: 'Remove one of the plugins, or rename one id.' },
  'plugin-crashed': {
    means: 'A plugin threw or answered wrongly in the middle of a run.',
    remedy: 'It is a bug of the plugin; --verbose shows its stack.',
  },
  'target-unknown': {
    means: 'The hardware plugin has no instruction set of that name.',
    remedy: "Take one of the list in the message; `host` is this machine's.",
  },
  'device-present': { means: 'Modelled times were asked for where times can be measured.', remedy: 'Leave out --modelled.' },
  'device-missing': {
    means: 'This machine cannot run code of the target, so it cannot be measured here.',
    remedy:
      'Tune for x86-avx:host, or on a machine that has the device; with --modelled answers are checked and times are those of the draft model. Compiling for it works everywhere.',
  },
  'platform-unsupported': { means: 'Loopsmith runs on Linux on x64 and arm64 only.', remedy: 'Use a Linux machine, WSL 2 or a container.' },
  'compiler-missing': {
    means: "The C compiler, or the compiler of a GPU's kernels, is not installed or not on PATH.",
    remedy: 'Install it with the command that the message or `loopsmith targets` names: on Debian `apt-get install gcc libc6-dev`.',
  },
  // tuning
  'schedule-illegal': {
    means: 'A schedule step does not fit the definition, or would change what is computed.',
    remedy: 'Nothing to do in a search: spaces hold illegal points, and they cost nothing.',
  },
  'schedule-incomplete': { means: 'A schedule leaves a stage without a place.', remedy: 'Add computeAt, root or inline for the stage.' },
  'launch-illegal': {
    means: 'A GPU schedule asks for a launch that the device does not have: too many threads, or too much shared memory.',
    remedy: 'Nothing to do in a search; otherwise take smaller blocks.',
  },
  'schedule-inexact': {
    means: 'A recorded schedule uses an algorithm that trades accuracy for speed, and --exact was given.',
    remedy: 'Leave out --exact, or tune with it.',
  },
  'vectorize-illegal': {
    means: 'A loop cannot be vectorized as asked: something inside it has no vector form.',
    remedy: 'Nothing to do in a search; otherwise vectorize another loop.',
  },
  'program-invalid': {
    means: 'A program fails its own checks: a race, an access out of bounds, a value used before it is there.',
    remedy: `A schedule step is wrong. ${reportBug}`,
  },
  'program-too-large': {
    means: 'A schedule unrolls to more statements than a compiler should be given.',
    remedy: 'Nothing to do in a search; otherwise unroll less.',
  },
  'register-unnamed': {
    means: 'A register is addressed by a value that is not known when code is made.',
    remedy: 'Unroll the loops around it, or place the stage in scratch.',
  },
  'table-unfolded': {
    means: 'A constant table is read at a place that is not known when code is made.',
    remedy: 'Unroll the loops that index the table.',
  },
  'build-failed': {
    means: 'The C compiler refused a kernel or a library; its words are kept in full.',
    remedy: 'Run again with --verbose for them. In a search one candidate is lost.',
  },
  'build-cut-short': {
    means: 'The system ended a compiler: the disk is full, or memory ran out. It says nothing of the kernel, and the next run builds it again.',
    remedy: 'Make room on the disk that the message names, or close other programs.',
  },
  'build-timeout': { means: 'The compiler did not finish a kernel in time.', remedy: oneCandidate },
  cancelled: { means: 'A build was given up because the run was stopped.', remedy: 'Start the same command again; it goes on where it stopped.' },
  'wrong-answer': {
    means: 'A kernel ran and its output is not that of the reference. It cannot win.',
    remedy: `${oneCandidate} If many candidates fail, ${reportBug.toLowerCase()}`,
  },
  'not-a-number': { means: 'A kernel wrote NaN, or an infinity into padding, where the reference has none.', remedy: oneCandidate },
  'out-of-bounds': { means: 'A kernel wrote outside its output.', remedy: oneCandidate },
  crash: { means: 'A kernel ended its process by a signal.', remedy: oneCandidate },
  timeout: { means: 'A kernel ran far longer than the best known one.', remedy: oneCandidate },
  memory: { means: 'A kernel took more memory than it may add to its buffers.', remedy: oneCandidate },
  'no-memory': {
    means: 'The machine or the device has no memory left for what was to be measured; nothing of that is recorded, and the next run tries it again.',
    remedy: 'Close other programs, or tune fewer threads.',
  },
  'load-failed': {
    means: 'The system could not load a compiled kernel.',
    remedy: 'Check that the folder for temporary files is not mounted noexec, and that disk is left.',
  },
  interrupted: { means: 'Another candidate of the same comparison ended the process; this one is measured again.', remedy: 'Nothing to do.' },
  'lock-failed': {
    means: 'The host-wide lock of a core cannot be taken.',
    remedy: 'Set TMPDIR to a folder that everybody who measures on this machine may write; `loopsmith doctor` checks it.',
  },
  unsupported: { means: 'The measuring program does not support what it was asked for on this CPU.', remedy: reportBug },
  protocol: { means: 'The measuring program did not understand a command.', remedy: reportBug },
  'harness-failed': {
    means: 'The measuring program itself failed; it is started again for the next candidate.',
    remedy: 'Look for a full disk or the out-of-memory killer (dmesg).',
  },
  'reference-failed': { means: 'The plain reference of a task does not compile.', remedy: reportBug },
  'reference-disagrees': {
    means: 'Two ways of computing what a task means give different answers, so nothing of it can be checked.',
    remedy: reportBug,
  },
  // records
  'records-missing': { means: 'There is no record file at that path.', remedy: 'Make one with `loopsmith tune`, or name another with --records.' },
  'records-unreadable': { means: 'The record file cannot be read.', remedy: 'Name a file you may read with --records.' },
  'records-in-use': {
    means: 'Another run writes the record file, and two would number their comparisons alike.',
    remedy: 'Wait until it ends, or name another file with --records; `loopsmith records merge` puts them together.',
  },
  'records-damaged': {
    means: 'A record file holds lines that are no records this release reads, and the command would drop them.',
    remedy: 'Write a copy with -o, or take the lines out.',
  },
  'record-unknown': { means: 'No record has that id.', remedy: '`loopsmith records list --task TEXT` shows ids.' },
  'record-ambiguous': { means: 'Several records begin with the text given.', remedy: 'Give more of the id.' },
  'record-foreign': { means: 'A record is of a hardware plugin that is not loaded.', remedy: 'Load the plugin with --plugin.' },
  'task-unknown': { means: 'No task of the record file fits the text given.', remedy: '`loopsmith records list` shows tasks and labels.' },
  'code-unknown': { means: 'There is no failure code of that name.', remedy: '`loopsmith explain-error` lists all.' },
  // compiled libraries
  'library-missing': { means: 'A folder holds no compiled library.', remedy: 'Write one with `loopsmith compile MODEL -o FOLDER`.' },
  'library-unreadable': {
    means: 'The library of a folder cannot be loaded here: made for another platform, or damaged.',
    remedy: 'Compile the model again on or for this platform.',
  },
  'manifest-invalid': { means: 'The manifest of a folder is no JSON, or of a version that is not read.', remedy: 'Compile the model again.' },
  'plugin-missing': { means: 'A folder was compiled by a hardware plugin that is not loaded.', remedy: 'Load the plugin with --plugin.' },
  'emulator-missing': {
    means: 'A library for another processor needs an emulator here, and there is none.',
    remedy: 'Install it: on Debian `apt-get install qemu-user`.',
  },
  'output-names': {
    means: 'Two outputs of the network would be written to one file.',
    remedy: 'Rename one of them in the model, or use the library.',
  },
  'profile-unsupported': {
    means: 'A library was compiled by a version that could not time its layers, or its manifest is of another one.',
    remedy: 'Compile the model again.',
  },
  'session-failed': {
    means: 'A library refused to start: a CPU feature is missing, or its weights are.',
    remedy: 'The message names it; compile for this machine, or copy the whole folder.',
  },
  'session-invalid': { means: 'A session was asked for with options that make no sense.', remedy: 'Correct them as the message says.' },
  'session-released': { means: 'A session was used after release().', remedy: 'Create another one.' },
  'run-failed': { means: 'The library refused to run.', remedy: 'The message says why.' },
  'input-missing': { means: 'An input of the network got no value.', remedy: 'Give one with --input NAME=F.npy, or in the feeds.' },
  'input-unknown': { means: 'A value was given for an input the network does not have.', remedy: 'Use the names that the message lists.' },
  'input-mismatch': {
    means: 'An input has another type or shape than the network was compiled for.',
    remedy: 'Convert it, or compile for that shape.',
  },
  'input-invalid': { means: 'A feed is no Tensor.', remedy: "Wrap it: new Tensor('float32', data, dims)." },
  'input-detached': { means: 'The data of a feed left before the run read them: their buffer was transferred or resized.', remedy: 'Feed a copy, or transfer the buffer once the run is done.' },
  'input-type': { means: 'A feed has another element type than the network takes.', remedy: 'Convert it.' },
  'input-shape': { means: 'A feed has other dims than the network was compiled for.', remedy: 'Reshape it, or compile for that shape.' },
  'output-unknown': { means: 'An output was asked for that the network does not have.', remedy: 'Use the names that the message lists.' },
  'tensor-invalid': { means: 'Type, data and dims of a Tensor do not fit together.', remedy: 'Correct them as the message says.' },
  'dtype-unsupported': { means: 'A file format cannot hold this element type.', remedy: 'Let the model end in a cast to float32.' },
  // searches compared
  'pair-invalid': {
    means: 'A pair of a strategy and a cost model is not written as one.',
    remedy: 'Write it like annealing+gbt, or autotvm+gbt@64 for batches of 64.',
  },
  'recorded-space-invalid': { means: 'A recorded space cannot be read.', remedy: 'Record it again with `loopsmith space record`.' },
  'spaces-missing': {
    means: 'There are no recorded spaces to compare on.',
    remedy: 'Record some with `loopsmith space record`, or name them with --space.',
  },
  // scaffolds
  'folder-exists': { means: 'The folder that was to be made is there already.', remedy: 'Choose another name, or remove it.' },
  'name-invalid': { means: 'A name cannot be that of a plugin.', remedy: 'Give lower-case words with dashes between, such as hill-climbing.' },
  // workers and brokers
  'artifact-damaged': { means: 'A file of the artifact store does not hold what its name says.', remedy: 'Remove it; it is made again.' },
  'artifact-missing': {
    means: 'A built kernel is not in the artifact store.',
    remedy: 'Name the same store with --store for all workers and for `tune --brokers`.',
  },
  'broker-format': {
    means: 'A folder cannot be made the log of a broker.',
    remedy: 'Give an empty folder, or remove what another version left there.',
  },
  'broker-ended': { means: 'A broker that `loopsmith broker` had started ended without being told to.', remedy: 'Read its log, which the message names.' },
  'broker-start': {
    means: 'The broker did not come up.',
    remedy: 'Choose another --port if one listens there already, or read the log that the message names.',
  },
  'device-differs': {
    means: 'Workers of one cluster measure on devices that cannot be compared.',
    remedy: 'Give each kind of device a --prefix of its own.',
  },
  'fence-missing': {
    means: 'Code that comes over the network would run without its network shut out.',
    remedy: 'Run the worker as root or where user namespaces are allowed.',
  },
  infrastructure: {
    means: 'Something around a candidate failed again and again, and says nothing of the candidate.',
    remedy: 'Check that all workers name the same --store and that nothing removes its files.',
  },
  'java-missing': {
    means: 'A Kafka broker needs Java, and there is none.',
    remedy: 'Install it: on Debian `apt-get install openjdk-17-jre-headless`; or use a broker that runs elsewhere with --brokers.',
  },
  'java-old': {
    means: 'The Java that is there is too old for the broker.',
    remedy: 'Install Java 17 or newer: on Debian `apt-get install openjdk-17-jre-headless`.',
  },
  'job-ended': {
    means: 'A job was asked for something after its end.',
    remedy: 'Start it again with `loopsmith tune --brokers`; it measures nothing twice.',
  },
  'job-unknown': { means: 'There is no job of that id.', remedy: '`loopsmith jobs list` shows ids.' },
  'kafka-unfetched': { means: 'Maven could not fetch the broker.', remedy: 'Check that it reaches a repository; its settings.xml may name one.' },
  'maven-missing': {
    means: 'The broker is not fetched yet, and there is no Maven to fetch it.',
    remedy: 'Install it: on Debian `apt-get install maven`.',
  },
  'message-large': { means: 'A message is larger than the brokers take.', remedy: 'Ask for smaller batches.' },
  'message-unreadable': {
    means: 'A message is not of the version that this release reads.',
    remedy: 'Use the same release for all workers of a cluster.',
  },
  'port-refused': {
    means: 'A worker cannot serve its health and metrics where it was told to.',
    remedy: 'Give another port with --http, or 0 for any that is free.',
  },
  'settings-wrong': { means: 'Settings of a worker are wrong; all are named at once.', remedy: 'Correct them as the message says.' },
  'worker-name': { means: 'A worker of that name runs already.', remedy: 'Stop it, or choose another --name.' },
  'workers-missing': { means: 'No worker takes the work that a run needs.', remedy: 'Start workers with `loopsmith worker`.' },
  // checking
  'case-missing': {
    means: 'There is no folder of a test case at that path.',
    remedy: 'Give a folder that holds test_data_set_0/input_0.pb and output_0.pb.',
  },
  'case-invalid': { means: "A folder is no test case in the layout of ONNX's backend tests.", remedy: 'Give a folder that holds test_data_set_0.' },
  'case-mismatch': {
    means: 'A test case does not belong to this model, or decides shapes differently than the first case.',
    remedy: 'Give the model that the case was made for; verify cases one by one.',
  },
  'answer-missing': {
    means: 'The stored answers that `start` compares with are not there.',
    remedy: 'Install Loopsmith again, or give a model of your own.',
  },
  'zoo-unknown': { means: 'The zoo has no network of that name.', remedy: '`loopsmith zoo` lists the names.' },
  // strategies compared, spaces recorded, runs replayed
  'log-invalid': { means: 'A file is no log of a tuning run, or not a whole one.', remedy: 'Give what `loopsmith tune --log` wrote.' },
};
