/** The large tfjs models of shared/models through compiled libraries; the small ones are in test/conformance. */
import { tensorflowCases, tensorflowFolders } from '../conformance/case-list.js';
import { conformanceSuite } from '../conformance/suite.js';

conformanceSuite({ title: 'large TensorFlow models', cases: tensorflowCases('large'), folder: tensorflowFolders.tfjs, refusals: 'tensorflow-models-large.json', batch: 1, least: 1, limitMs: 900_000 });
