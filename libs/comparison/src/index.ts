/** Strategies and cost models compared on spaces that were measured whole: recorded spaces, searches in virtual time, statistics, plots. Measures nothing itself. */
export { parseRecordedSpace, printRecordedSpace, recordedSpread, recordedTime, type RecordedPoint, type RecordedSpace } from './recorded-space.js';
export { optimumOf, simulate } from './simulate.js';
export { tabulate, type Pair, type Run } from './compare.js';
export { comparisonHtml, comparisonText, curvePlot, rankDiagram } from './report.js';
export * from './drawing.js';
