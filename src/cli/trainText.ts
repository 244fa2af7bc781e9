/** An epoch as a row of a table and as a JSON line. */
import { shortValue } from '../core/format';
import type { EngineName } from '../engine/engine';
import type { EpochReport } from '../training/run/report';

/** @param accuracy index among the metrics; -1: there is none */
export function epochJson(
  { epoch, train, validation, imagesPerSecond }: EpochReport,
  accuracy: number,
  engine: EngineName
): string {
  return JSON.stringify({
    epoch,
    loss: train.loss,
    accuracy: train.metrics[accuracy] ?? null,
    valLoss: validation?.loss ?? null,
    valAccuracy: validation?.metrics[accuracy] ?? null,
    imagesPerSecond: Math.round(imagesPerSecond * 10) / 10,
    engine
  });
}

const width = 12;

export function heading(metrics: readonly string[]): string {
  const [first = 'metric'] = metrics;
  return ['epoch', 'loss', first, 'val loss', `val ${first}`, 'images/s', 'seconds']
    .map((word) => word.padStart(width))
    .join('');
}

export function epochRow(
  { epoch, train, validation, imagesPerSecond, seconds }: EpochReport,
  metrics: readonly string[]
): string {
  const share = /accuracy|precision|recall|auc|topK/i.test(metrics[0] ?? '');
  const metric = (value: number | undefined): string =>
    value === undefined ? '-' : share ? `${(100 * value).toFixed(1)} %` : shortValue(value, 4);
  const cells = [
    String(epoch),
    shortValue(train.loss, 4),
    metric(train.metrics[0]),
    validation === null ? '-' : shortValue(validation.loss, 4),
    metric(validation?.metrics[0]),
    imagesPerSecond.toFixed(0),
    seconds.toFixed(1)
  ];
  return cells.map((cell) => cell.padStart(width)).join('');
}
