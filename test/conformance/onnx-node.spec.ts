/** ONNX's own cases of one operator each, tier 1, opset 7 and newer: compiled with untuned schedules and run for real. */
import { nodeCases, nodeFolder } from './case-list.js';
import { conformanceSuite } from './suite.js';

conformanceSuite({ title: 'onnx-node, tier 1', cases: nodeCases(), folder: nodeFolder, refusals: 'onnx-node.json', batch: 32, least: 0.75, limitMs: 600_000 });
