/** What the arguments of `keras.applications.<name>(…)` choose, by the rules of Keras's own code (`imagenet_utils`). */
import type { Dim, Shape } from '../../core/shape';
import { t } from '../../core/texts';
import { ListValue, PathValue, Unknown, type Args, type Value } from '../interpreter/values';
import type { KerasLibrary } from '../keras/library';
import { TensorValue } from '../keras/values';
import { rowsOf, type Ending, type KerasNetwork, type Row } from './kerasNetworks';

export interface Chosen {
  readonly rows: readonly Row[];
  /** Of the model. */
  readonly name: string;
  /** Of the input, batch axis first. */
  readonly shape: Shape;
  /** What the network is built on in the place of an input of its own. */
  readonly inputTensor: TensorValue | null;
  /** Values of arguments that stand in the rows. */
  readonly marks: ReadonlyMap<string, Value>;
}

/** Arguments that rows refer to. */
const MARKS = ['classes', 'classifier_activation', 'dropout', 'dropout_rate', 'depth_multiplier'];

/** @returns in words why the network is not known, where an argument is not known or Keras would refuse it */
export function chosenNetwork(library: KerasLibrary, name: string, network: KerasNetwork, args: Args): Chosen | string {
  if (library.settings.dataFormat !== 'channelsLast') {
    return t('{0} is only known here with the channels last', name);
  }
  const given = givenArguments(name, network, args);
  if (typeof given === 'string') return given;
  const value = (key: string): Value => given.get(key) ?? null;
  const unknown = ['include_top', 'pooling', ...network.variants.filter((key) => key !== 'colour')]
    .map((key) => [key, value(key)] as const)
    .find(([, one]) => one instanceof Unknown);
  if (unknown?.[1] instanceof Unknown) return t('{0} is not known: {1}', unknown[0], unknown[1].reason);
  const top = value('include_top') !== false && value('include_top') !== 0;
  const pooling = value('pooling');
  const ending: Ending = top ? 'top' : pooling === 'avg' || pooling === 'max' ? pooling : 'none';
  const imagenet = value('weights') === 'imagenet';

  const input = inputOf(library, name, network, given, top, imagenet);
  if (typeof input === 'string') return input;
  const refused = imagenet && top ? refusedByWeights(name, value('classes'), value('classifier_activation')) : null;
  if (refused !== null) return refused;
  const stated = value('name');
  const modelName = typeof stated === 'string' && stated !== '' ? stated : defaultName(network, value, input.shape);
  const choice = choiceOf(network, value, input.shape, modelName, imagenet);
  if (typeof choice === 'string') return choice;
  if (value('dropout_rate') === 0) return t('{0} without dropout is not known here', name);
  const rows = rowsOf(network, choice, ending);
  if (rows === null) {
    const stated = [...choice].map(([key, one]) => `${key}=${String(one)}`).join(', ');
    return t('{0} with {1} is not one of the forms that are known here', name, stated);
  }
  return { rows, name: modelName, ...input, marks: new Map(MARKS.map((key) => [key, value(key)])) };
}

/** Arguments by name with their defaults. */
function givenArguments(name: string, network: KerasNetwork, args: Args): Map<string, Value> | string {
  if (args.rest !== null) return t('its arguments are not all known: {0}', args.rest.reason);
  const given = new Map<string, Value>(network.parameters);
  if (args.positional.length > network.parameters.length) {
    return t('{0} is given more values by place than are known here', name);
  }
  args.positional.forEach((value, place) => {
    const key = network.parameters[place]?.[0];
    if (key !== undefined) given.set(key, value);
  });
  for (const [key, value] of args.named) {
    if (!given.has(key)) return t('the argument {0} of {1} is not followed', key, name);
    given.set(key, value);
  }
  return given;
}

type Input = Pick<Chosen, 'shape' | 'inputTensor'>;

/** `obtain_input_shape`: the shape the network is built for. */
function inputOf(
  library: KerasLibrary,
  name: string,
  network: KerasNetwork,
  given: ReadonlyMap<string, Value>,
  top: boolean,
  imagenet: boolean
): Input | string {
  const tensor = given.get('input_tensor') ?? null;
  if (tensor instanceof Unknown) return t('{0} is not known: {1}', 'input_tensor', tensor.reason);
  if (tensor !== null && !(tensor instanceof TensorValue)) return t('input_tensor of {0} is not a tensor', name);
  const stated = statedShape(name, network, given.get('input_shape') ?? null, top, imagenet);
  if (tensor === null || typeof stated === 'string') {
    return typeof stated === 'string' ? stated : { shape: stated, inputTensor: null };
  }
  const shape = library.shapeOf(tensor);
  if (shape !== null && shape.length !== 4) return t('input_tensor of {0} is not a batch of pictures', name);
  return { shape: shape ?? [null, null, null, null], inputTensor: tensor };
}

function statedShape(
  name: string,
  network: KerasNetwork,
  value: Value,
  top: boolean,
  imagenet: boolean
): Shape | string {
  if (value === null) return [null, ...(top ? network.input.top : network.input.bare)];
  const taint = value instanceof ListValue ? value.taint : value instanceof Unknown ? value : null;
  if (taint !== null) {
    // Pretrained weights leave no choice of channels, and with the classifier none of size.
    if (!imagenet) return t('{0} is not known: {1}', 'input_shape', taint.reason);
    return top && network.sizes.length === 1 ? [null, ...network.input.top] : [null, null, null, 3];
  }
  if (!(value instanceof ListValue) || value.items.length !== 3) {
    return t('input_shape of {0} is not three sizes: height, width and channels', name);
  }
  const sizes = value.items.map((item): Dim => (typeof item === 'number' ? item : null));
  const [height = null, width = null, channels = null] = sizes;
  const least = network.least;
  if ((height !== null && height < least) || (width !== null && width < least)) {
    return t('{0} needs pictures of at least {1} x {1}', name, least);
  }
  if (imagenet && channels !== null && channels !== 3) {
    return t('{0} with weights from ImageNet needs three channels', name);
  }
  if (imagenet && top && network.sizes.length > 0) {
    const fits = height === null || width === null || (height === width && network.sizes.includes(height));
    if (!fits) {
      const known = network.sizes.map((size) => `${size} x ${size}`).join(', ');
      return t('{0} with its classifier and weights from ImageNet needs pictures of {1}', name, known);
    }
  }
  if (top && network.input.top[0] !== null && value.items.slice(0, 2).includes(null)) {
    return t('{0} with its classifier needs a stated size', name);
  }
  return [null, height, width, channels ?? (imagenet ? 3 : null)];
}

/** `validate_activation`, and the number of classes of the weights. */
function refusedByWeights(name: string, classes: Value, activation: Value): string | null {
  if (typeof classes === 'number' && classes !== 1000) {
    return t('{0} with its classifier and weights from ImageNet has 1000 classes, not {1}', name, classes);
  }
  const known = activation instanceof PathValue ? activation.path.split('.').at(-1) : activation;
  const fits = known === null || known === 'softmax' || known === 'linear' || known instanceof Unknown;
  return fits ? null : t('{0} with weights from ImageNet ends in softmax or in logits', name);
}

/** MobileNet's name states its width and the height of its input. */
function defaultName(network: KerasNetwork, value: (key: string) => Value, shape: Shape): string {
  const stem = /^(mobilenet(?:v2)?)_1\.00_/.exec(network.name)?.[1];
  const alpha = value('alpha');
  if (stem === undefined || typeof alpha !== 'number') return network.name;
  const height = shape[1] ?? null;
  const sizes = [128, 160, 192, 224, ...(stem === 'mobilenetv2' ? [96] : [])];
  const isKnown = height !== null && height === shape[2] && sizes.includes(height);
  const rows = value('weights') !== 'imagenet' || isKnown ? String(height ?? 'None') : '224';
  return `${stem}_${alpha.toFixed(2)}_${rows}`;
}

function choiceOf(
  network: KerasNetwork,
  value: (key: string) => Value,
  shape: Shape,
  modelName: string,
  imagenet: boolean
): Map<string, unknown> | string {
  const choice = new Map<string, unknown>();
  for (const key of network.variants) {
    if (key === 'weights') choice.set(key, imagenet ? 'imagenet' : null);
    else if (key !== 'colour') choice.set(key, value(key));
    else if (value('include_preprocessing') === false) choice.set(key, true);
    else {
      const channels = shape[3] ?? null;
      if (channels === null) return t('the preprocessing of {0} depends on channels that are not known', modelName);
      // EfficientNetV2 looks at its own name.
      const isNamed = !/^efficientnetv2-b/.test(network.name) || (modelName.split('-').at(-1) ?? '').startsWith('b');
      choice.set(key, channels === 3 && isNamed);
    }
  }
  return choice;
}
