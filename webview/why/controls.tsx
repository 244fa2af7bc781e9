/** Small inputs of this tab: a number that rests before it counts, a slider with its value. */
import { useEffect, useState } from 'preact/hooks';

/** The value once it has not changed for a moment. */
export function useRested<T>(value: T, delay = 250): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), delay);
    return () => clearTimeout(timer);
  }, [value, delay]);
  return rested;
}

export function NumberField(props: {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly onChange: (value: number) => void;
}) {
  const { min, max } = props;
  return (
    <label class="number-field">
      {props.label}
      <input
        type="number"
        min={min}
        max={max}
        step={props.step ?? 1}
        value={props.value}
        onInput={(event) => {
          const value = event.currentTarget.valueAsNumber;
          if (Number.isFinite(value)) props.onChange(Math.min(max, Math.max(min, value)));
        }}
      />
    </label>
  );
}

export function Slider(props: {
  readonly label: string;
  readonly text: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly onChange: (value: number) => void;
}) {
  return (
    <label class="slider">
      {props.label}
      <input
        type="range"
        min={props.min}
        max={props.max}
        step={props.step}
        value={props.value}
        aria-valuetext={props.text}
        onInput={(event) => props.onChange(event.currentTarget.valueAsNumber)}
      />
      <span class="slider-value">{props.text}</span>
    </label>
  );
}
