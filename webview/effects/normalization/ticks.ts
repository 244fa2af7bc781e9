/** Round numbers for axes: the first and the last enclose all values. */
export interface Tick {
  readonly value: number;
}

export function linearTicks(low: number, high: number, count = 5): Tick[] {
  const span = high - low || Math.abs(high) || 1;
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 2.5, 5, 10].find((one) => one * power >= raw) ?? 10) * power;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, i) => ({ value: Number(((first + i) * step).toPrecision(12)) }));
}

/** Powers of ten, at most about eight of them. */
export function logTicks(low: number, high: number): Tick[] {
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(high) - 1e-9));
  const every = Math.max(1, Math.ceil((last - first) / 8));
  const steps = Math.ceil((last - first) / every);
  return Array.from({ length: steps + 1 }, (_, i) => ({ value: 10 ** (first + i * every) }));
}
