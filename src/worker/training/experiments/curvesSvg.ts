/** Curves over steps with bands of spread, as one SVG picture for a page without scripts. */
import { escape } from '../../../analyses/report/html';
import { inLanguage } from '../../../core/numbers';
import type { Curve } from '../../../training/lab/twin';

export interface Line {
  readonly label: string;
  readonly curve: Curve;
  readonly colour: string;
  readonly dashed: boolean;
}

/** Colours that hold apart on white, in greys and for the common colour weaknesses. */
export const COLOURS: readonly string[] = ['#1b6ca8', '#d1495b', '#3c8d5a', '#8f5fb0', '#c07a12', '#5b6770', '#0f9aa0'];

const [width, height] = [460, 260];
const margin = { left: 48, right: 12, top: 12, bottom: 36 };

/** @param percent whether values are shares */
export function curvesSvg(
  title: string,
  stepWord: string,
  lines: readonly Line[],
  { percent }: { readonly percent: boolean }
): string {
  const points = lines.flatMap(({ curve }) => curve);
  if (points.length === 0) return '';
  const lastStep = Math.max(1, ...points.map(({ step }) => step));
  const low = percent ? 0 : Math.min(0, ...points.map(({ mean }) => mean));
  const high = percent ? 1 : Math.max(1e-9, ...points.map(({ mean, spread }) => mean + spread));
  const x = (step: number): number => margin.left + ((width - margin.left - margin.right) * step) / lastStep;
  const y = (value: number): number => {
    const share = (Math.min(high, Math.max(low, value)) - low) / (high - low);
    return height - margin.bottom - (height - margin.top - margin.bottom) * share;
  };
  const at = (step: number, value: number): string => `${x(step).toFixed(1)},${y(value).toFixed(1)}`;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => low + share * (high - low));
  const grid = ticks.map((value) => {
    const label = percent ? `${String(Math.round(100 * value))} %` : inLanguage(value.toFixed(2));
    const line = `M${String(margin.left)} ${y(value).toFixed(1)}H${String(width - margin.right)}`;
    return `<path d="${line}" class="grid"/><text x="${String(margin.left - 6)}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${label}</text>`;
  });
  const steps = [0, Math.round(lastStep / 2), lastStep].map(
    (step) =>
      `<text x="${x(step).toFixed(1)}" y="${String(height - margin.bottom + 16)}" text-anchor="${step === lastStep ? 'end' : 'middle'}">${String(step)}</text>`
  );
  const drawn = lines.map(({ curve, colour, dashed }) => {
    if (curve.length === 0) return '';
    const above = curve.map(({ step, mean, spread }) => at(step, mean + spread));
    const below = [...curve].reverse().map(({ step, mean, spread }) => at(step, mean - spread));
    const band = `<polygon points="${[...above, ...below].join(' ')}" fill="${colour}" opacity="0.15"/>`;
    const path = curve.map(({ step, mean }) => at(step, mean)).join(' ');
    const dots =
      curve.length > 1
        ? ''
        : `<circle cx="${x(curve[0]?.step ?? 0).toFixed(1)}" cy="${y(curve[0]?.mean ?? 0).toFixed(1)}" r="3" fill="${colour}"/>`;
    return `${band}<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"${dashed ? ' stroke-dasharray="5 4"' : ''}/>${dots}`;
  });
  const legend = lines.map(
    ({ label, colour, dashed }) =>
      `<span><svg width="26" height="10" aria-hidden="true"><path d="M1 5H25" stroke="${colour}" stroke-width="2"${dashed ? ' stroke-dasharray="5 4"' : ''}/></svg> ${escape(label)}</span>`
  );
  return `<figure><svg viewBox="0 0 ${String(width)} ${String(height)}" width="${String(width)}" height="${String(height)}" role="img" aria-label="${escape(title)}">${grid.join('')}${steps.join('')}<text x="${String(width / 2)}" y="${String(height - 4)}" text-anchor="middle">${escape(stepWord)}</text>${drawn.join('')}</svg><figcaption>${escape(title)}</figcaption><p class="legend">${legend.join('')}</p></figure>`;
}
