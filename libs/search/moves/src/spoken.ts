/** Points that one of several sessions has proposed: to the others they look illegal, so that nobody proposes them again. Proposes nothing. */
import { pointKey, type Choice, type Point, type Predictor } from '@loopsmith/contracts';

interface SpokenPoints {
  add(point: Point): void;
  /** `predict`, but Infinity for the points that are spoken for by the time it is asked. */
  hiddenFrom(predict: Predictor): Predictor;
}

export const spokenPoints = (choices: readonly Choice[]): SpokenPoints => {
  const keys = new Set<string>();
  return {
    add: (point) => { keys.add(pointKey(choices, point)); },
    hiddenFrom: (predict) => (points) => {
      const costs = predict(points);
      points.forEach((point, i) => { if (keys.has(pointKey(choices, point))) costs[i] = Infinity; });
      return costs;
    },
  };
};
