/** The area under the ROC or the precision-recall curve. */
import type { Accumulator } from './accumulator';
import { denseTarget } from './losses/layout';
import { sigmoid } from './losses/probability';

export interface AucSettings {
  readonly name: 'auc';
  readonly curve: 'ROC' | 'PR';
  readonly numThresholds: number;
  readonly fromLogits: boolean;
}

/**
 * Keras's AUC with `numThresholds` even thresholds in [0, 1], the first a little below 0 and the last a little above 1: the
 * trapezoids of the ROC curve, or the precision-recall curve interpolated after Davis and Goadrich (2006). Predictions are
 * clipped to [0, 1] and fall into the bucket `ceil(p (T - 1)) - 1`, computed in float32 as Keras does.
 */
export function areaUnderCurve(settings: AucSettings): Accumulator<number> {
  const count = settings.numThresholds;
  const positives = new Float64Array(count);
  const negatives = new Float64Array(count);
  return {
    add(prediction, target) {
      const dense = denseTarget(settings.name, prediction, target, -1);
      if (!dense.ok) return dense.error;
      prediction.data.forEach((x, i) => {
        const p = Math.min(Math.max(settings.fromLogits ? Math.fround(sigmoid(x)) : x, 0), 1);
        const bucket = Math.max(Math.ceil(Math.fround(p * (count - 1))) - 1, 0);
        const side = (dense.value[i] ?? 0) !== 0 ? positives : negatives;
        side[bucket] = (side[bucket] ?? 0) + 1;
      });
      return null;
    },
    value() {
      const tp = sumsFromTop(positives);
      const fp = sumsFromTop(negatives);
      return settings.curve === 'ROC' ? rocArea(tp, fp) : precisionRecallArea(tp, fp);
    },
    reset() {
      positives.fill(0);
      negatives.fill(0);
    }
  };
}

/** How many lie in a bucket or above it. */
function sumsFromTop(buckets: Float64Array): Float64Array {
  const sums = Float64Array.from(buckets);
  for (let i = sums.length - 2; i >= 0; i--) sums[i] = (sums[i] ?? 0) + (sums[i + 1] ?? 0);
  return sums;
}

const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);

function rocArea(tp: Float64Array, fp: Float64Array): number {
  const x = fp.map((value) => ratio(value, fp[0] ?? 0));
  const y = tp.map((value) => ratio(value, tp[0] ?? 0));
  let area = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    area += (((x[i] ?? 0) - (x[i + 1] ?? 0)) * ((y[i] ?? 0) + (y[i + 1] ?? 0))) / 2;
  }
  return area;
}

function precisionRecallArea(tp: Float64Array, fp: Float64Array): number {
  const p = tp.map((value, i) => value + (fp[i] ?? 0));
  let area = 0;
  for (let i = 0; i + 1 < tp.length; i++) {
    const gained = (tp[i] ?? 0) - (tp[i + 1] ?? 0);
    const here = p[i] ?? 0;
    const above = p[i + 1] ?? 0;
    const slope = ratio(gained, Math.max(here - above, 0));
    const intercept = (tp[i + 1] ?? 0) - slope * above;
    const safe = here > 0 && above > 0 ? here / above : 1;
    area += ratio(slope * (gained + intercept * Math.log(safe)), tp[0] ?? 0);
  }
  return area;
}
