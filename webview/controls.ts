/**
 * The only importer of `@vscode/webview-ui-toolkit`: typed Preact components over its elements. Another library can
 * replace it in this one file. The toolkit is frozen; only what is used is registered.
 */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeProgressRing,
  vsCodeTextField
} from '@vscode/webview-ui-toolkit';
import { h } from 'preact';
import type { ComponentChild, ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export function registerControls(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeCheckbox(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodeProgressRing(),
    vsCodeTextField()
  );
}

export interface ButtonProps {
  readonly children: ComponentChildren;
  readonly onClick: (event: MouseEvent) => void;
  readonly appearance?: 'primary' | 'secondary' | 'icon';
  readonly disabled?: boolean;
  readonly label?: string;
  readonly title?: string;
  readonly expanded?: boolean;
  readonly class?: string;
}

export function Button({
  children,
  onClick,
  appearance = 'secondary',
  disabled,
  label,
  title,
  expanded,
  ...rest
}: ButtonProps): ComponentChild {
  return h(
    'vscode-button',
    {
      appearance,
      disabled: disabled ?? false,
      'aria-label': label,
      title: title ?? (appearance === 'icon' ? label : undefined),
      'aria-expanded': expanded === undefined ? undefined : String(expanded),
      class: rest.class,
      onClick
    },
    children
  );
}

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
}

export interface DropdownProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly Choice<T>[];
  readonly onChange: (value: T) => void;
}

/** The element keeps its own value: it is set after its options stand. */
export function Dropdown<T extends string>({ label, value, choices, onChange }: DropdownProps<T>): ComponentChild {
  const element = useRef<HTMLElement & { value: string }>(null);
  const key = choices.map((choice) => choice.value).join('\n');
  useEffect(() => {
    const set = () => {
      if (element.current !== null) element.current.value = value;
    };
    set();
    const frame = requestAnimationFrame(set);
    return () => cancelAnimationFrame(frame);
  }, [value, key]);
  return h(
    'vscode-dropdown',
    {
      ref: element,
      'aria-label': label,
      title: label,
      onChange: () => {
        const chosen = choices.find((choice) => choice.value === element.current?.value);
        if (chosen !== undefined && chosen.value !== value) onChange(chosen.value);
      }
    },
    choices.map((choice) => h('vscode-option', { key: choice.value, value: choice.value }, choice.label))
  );
}

export interface CheckboxProps {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function Checkbox({ label, checked, onChange }: CheckboxProps): ComponentChild {
  const element = useRef<HTMLElement & { checked: boolean }>(null);
  return h(
    'vscode-checkbox',
    {
      ref: element,
      checked,
      'aria-label': label,
      onChange: () => {
        const now = element.current?.checked ?? checked;
        if (now !== checked) onChange(now);
      }
    },
    label
  );
}

export interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly onInput: (value: string) => void;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
  readonly id?: string;
}

export function TextField({ label, value, placeholder, onInput, onKeyDown, id }: TextFieldProps): ComponentChild {
  const element = useRef<HTMLElement & { value: string }>(null);
  return h('vscode-text-field', {
    ref: element,
    id,
    value,
    placeholder: placeholder ?? '',
    'aria-label': label,
    onInput: () => onInput(element.current?.value ?? ''),
    onKeyDown
  });
}

export function ProgressRing({ label }: { readonly label: string }): ComponentChild {
  return h('vscode-progress-ring', { 'aria-label': label });
}
