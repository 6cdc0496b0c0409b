/** ONNX's own cases, of one operator each and exported from PyTorch: compiled with untuned schedules and run for real. */
import { nodeCases, nodeFolder, pytorchCases, pytorchFolder } from './case-list.js';
import { conformanceSuite } from './suite.js';

conformanceSuite({ title: 'onnx-node, tier 1', cases: nodeCases(1), folder: nodeFolder, refusals: 'onnx-node.json', batch: 32, least: 0.97, limitMs: 600_000 });
conformanceSuite({ title: 'onnx-node, tier 2', cases: nodeCases(2), folder: nodeFolder, refusals: 'onnx-node-2.json', batch: 32, least: 0.6, limitMs: 600_000 });
conformanceSuite({ title: 'onnx-pytorch', cases: pytorchCases(), folder: pytorchFolder, refusals: 'onnx-pytorch.json', batch: 32, least: 0.98, limitMs: 300_000 });
