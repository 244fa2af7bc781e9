/** Values that an argument cannot have: `padding='samee'`, `Dropout(1.5)`, stride 2 with dilation 2. */
import { kerasSignature } from '../core/keras/signatures';
import type { Framework, LayerNode, SourceRange } from '../core/model';
import { t } from '../core/texts';
import { camelCase, placeOf, valueOf } from './argumentNames';
import { argumentsOf } from './argumentTables';
import { argumentOfCall, type ArgumentText } from './callText';
import { replaceSpan } from './edits';
import type { Fix, Remark } from './finding';
import type { LiteralValue } from './literals';
import { spotOf } from './spot';
import { allLayers, type Subject } from './subject';
import { valueRule } from './valueRules';

/** Code that registers its own functions may give any word a meaning. */
const OWN_NAMES = /custom_object|get_custom_objects|register_keras_serializable|registerClass/;

export function* impossibleValues(subject: Subject): Iterable<Remark> {
  const { model } = subject;
  // Keras 1 gave the same places other meanings.
  if (model.frameworkVersion === '1' && model.framework === 'keras') return;
  const ownNames = subject.text !== null && OWN_NAMES.test(subject.text.whole);
  for (const layer of allLayers(model.root)) {
    const names = ruledNames(model.framework, layer.sourceType);
    if (names === null || (subject.text !== null && subject.callOf(layer) === null)) continue;
    for (const name of names) {
      if (name === 'activation' && ownNames) continue;
      const found = refused(subject, layer, name);
      if (found !== null) yield found;
    }
    yield* stridedAndDilated(subject, layer);
    yield* torchPadding(subject, layer);
  }
}

const ruled = new Map<string, readonly string[] | null>();

/** Arguments of a class whose values are restricted; `null` for a class that is not known. */
function ruledNames(framework: Framework, className: string): readonly string[] | null {
  const key = `${framework} ${className}`;
  const known = ruled.get(key);
  if (known !== undefined) return known;
  const names = argumentsOf(framework, className);
  const restricted = names === null ? null : [...new Set(names)].filter((name) => valueRule(framework, name) !== null);
  ruled.set(key, restricted);
  return restricted;
}

function refused(subject: Subject, layer: LayerNode, name: string): Remark | null {
  const { framework } = subject.model;
  const rule = valueRule(framework, name);
  if (rule === null) return null;
  const written = writtenUnder(subject, layer, name);
  const value = valueOf(layer, name, written);
  const refusal = value === undefined ? null : rule(value, layer.sourceType);
  if (refusal === null || value === undefined) return null;
  return {
    message: t('{0} is {1}; {2} takes {3}.', name, shown(value), layer.sourceType, refusal.wanted),
    reason: t('The layer refuses the value when it is made or first called.'),
    range: placed(subject, layer, written),
    layer: layer.id,
    fixes: refusal.meant === null ? [] : replaced(subject, written, refusal.meant)
  };
}

function writtenUnder(subject: Subject, layer: LayerNode, name: string): ArgumentText | null {
  const call = subject.callOf(layer);
  return call === null ? null : argumentOfCall(call, name, placeOf(subject.model.framework, layer, name));
}

function placed(subject: Subject, layer: LayerNode, written: ArgumentText | null): SourceRange | null {
  return written === null || subject.text === null ? spotOf(subject, layer) : subject.text.rangeOf(written.value);
}

/** Only a literal is replaced: a name may be used elsewhere. */
function replaced({ text }: Subject, written: ArgumentText | null, meant: number | string): readonly Fix[] {
  if (text === null || written === null || /^[A-Za-z_$]/.test(written.text)) return [];
  const quote = written.text.startsWith("'") ? "'" : '"';
  const value = typeof meant === 'number' ? String(Number(meant.toPrecision(6))) : `${quote}${meant}${quote}`;
  return [{ title: t('Change to {0}', value), preferred: true, edits: [replaceSpan(text, written.value, value)] }];
}

function shown(value: LiteralValue): string {
  if (value === null) return 'None';
  if (typeof value === 'string') return `"${value.slice(0, 40)}"`;
  return Array.isArray(value) ? `(${value.map((item) => shown(item as LiteralValue)).join(', ')})` : String(value);
}

const largest = (value: LiteralValue | undefined): number => {
  const list = Array.isArray(value) ? (value as readonly LiteralValue[]) : [value];
  return Math.max(1, ...list.map((item) => (typeof item === 'number' ? item : 1)));
};

/** Keras cannot both skip positions and spread the kernel. */
function* stridedAndDilated(subject: Subject, layer: LayerNode): Iterable<Remark> {
  const { framework } = subject.model;
  const takes = kerasSignature(layer.sourceType) ?? [];
  if (framework === 'pytorch' || !/^(Separable|Depthwise)?Conv(olution)?[123]D$/.test(layer.sourceType)) return;
  if (!takes.includes('strides') || !takes.includes('dilation_rate')) return;
  const names = ['strides', 'dilation_rate'].map((name) => (framework === 'tfjs' ? camelCase(name) : name));
  const [strides, dilation] = names.map((name) => writtenUnder(subject, layer, name));
  const values = names.map((name, i) => largest(valueOf(layer, name, (i === 0 ? strides : dilation) ?? null)));
  if (values.some((value) => value <= 1)) return;
  yield {
    message: t('{0} has strides {1} and dilation {2}; only one of them can be more than 1.', layer.name, ...values),
    reason: t('Keras has no convolution that both skips positions and spreads its kernel.'),
    range: placed(subject, layer, dilation ?? null),
    layer: layer.id
  };
}

/** `padding="same"` of PyTorch exists for stride 1 alone; a pool pads by at most half its window. */
function* torchPadding(subject: Subject, layer: LayerNode): Iterable<Remark> {
  if (subject.model.framework !== 'pytorch') return;
  const written = writtenUnder(subject, layer, 'padding');
  const padding = valueOf(layer, 'padding', written);
  const stride = largest(valueOf(layer, 'stride', writtenUnder(subject, layer, 'stride')));
  if (padding === 'same' && stride > 1 && /^Conv[123]d$/.test(layer.sourceType)) {
    yield {
      message: t('padding="same" is not possible with stride {0}.', stride),
      reason: t('PyTorch pads to the same size for stride 1 alone. Give the padding as a number.'),
      range: placed(subject, layer, written),
      layer: layer.id
    };
  }
  const kernel = valueOf(layer, 'kernel_size', writtenUnder(subject, layer, 'kernel_size'));
  if (!/^(Max|Avg)Pool[123]d$/.test(layer.sourceType) || typeof padding !== 'number' || typeof kernel !== 'number')
    return;
  if (padding <= Math.floor(kernel / 2)) return;
  yield {
    message: t('padding is {0}; a pool of {1} takes at most {2}.', padding, kernel, Math.floor(kernel / 2)),
    reason: t('A window that lies in the padding alone would have nothing to pool.'),
    range: placed(subject, layer, written),
    layer: layer.id,
    fixes: replaced(subject, written, Math.floor(kernel / 2))
  };
}
