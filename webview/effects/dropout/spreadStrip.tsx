/** One class over many passes: a histogram over the values' range, the mean, one deviation to each side, the value without masks. */
import type { ClassSpread } from '../../../src/protocol/effects/dropout';
import type { ValueRange } from '../../../src/protocol/values';

const bins = 25;
const height = 34;

export function SpreadStrip({
  spread,
  range,
  label
}: {
  readonly spread: ClassSpread;
  readonly range: ValueRange;
  readonly label: string;
}) {
  const extent = range.max - range.min || 1;
  const share = (value: number) => Math.max(0, Math.min(1, (value - range.min) / extent));
  const percent = (value: number) => `${String(share(value) * 100)}%`;
  const counts = new Array<number>(bins).fill(0);
  for (const value of spread.values) {
    const bin = Math.min(bins - 1, Math.floor(share(value) * bins));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const most = Math.max(1, ...counts);
  const [low, high] = [share(spread.mean - spread.std), share(spread.mean + spread.std)];
  return (
    <svg class="strip" width="100%" height={height} role="img" aria-label={label}>
      <title>{label}</title>
      <line class="strip-axis" x1="0" x2="100%" y1={height - 8} y2={height - 8} />
      {counts.map((count, bin) =>
        count === 0 ? null : (
          <rect
            key={bin}
            class="strip-bar"
            x={`${String((bin / bins) * 100)}%`}
            width={`${String(90 / bins)}%`}
            y={height - 8 - Math.max(2, (count / most) * (height - 10))}
            height={Math.max(2, (count / most) * (height - 10))}
          />
        )
      )}
      <line class="strip-base" x1={percent(spread.base)} x2={percent(spread.base)} y1={0} y2={height - 8} />
      <line
        class="strip-std"
        x1={`${String(low * 100)}%`}
        x2={`${String(high * 100)}%`}
        y1={height - 4}
        y2={height - 4}
      />
      <circle class="strip-mean" cx={percent(spread.mean)} cy={height - 4} r={3.5} />
    </svg>
  );
}
