/** `keras.applications.<module>.preprocess_input(tensor)` inside a model: the layers that Keras makes of its arithmetic. */
import { t } from '../../core/texts';
import type { LayerKind } from '../../core/layerKind';
import type { Machine } from '../interpreter/machine';
import { argument, NO_ARGS, type Args, type Value } from '../interpreter/values';
import type { KerasLibrary } from '../keras/library';
import { TensorValue } from '../keras/values';
import type { Located } from '../python/ast';

type Mode = 'caffe' | 'tf' | 'torch' | 'none';

/** `keras.src.applications.*`: the mode each module passes to `imagenet_utils.preprocess_input`. */
const MODES: ReadonlyMap<string, Mode> = new Map<string, Mode>([
  ...['resnet', 'resnet50', 'vgg16', 'vgg19'].map((name): [string, Mode] => [name, 'caffe']),
  ...['mobilenet', 'mobilenet_v2', 'inception_v3', 'inception_resnet_v2', 'xception', 'nasnet', 'resnet_v2'].map(
    (name): [string, Mode] => [name, 'tf']
  ),
  ['densenet', 'torch'],
  ...['efficientnet', 'efficientnet_v2', 'convnext', 'mobilenet_v3'].map((name): [string, Mode] => [name, 'none'])
]);

/** ImageNet's mean and standard deviation, of channels in the order red, green, blue. */
const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];

/** @returns `undefined` where the call is no preprocessing of a tensor */
export function kerasPreprocessing(
  library: KerasLibrary,
  machine: Machine,
  path: string,
  args: Args,
  at: Located
): Value | undefined {
  const module = /^keras\.applications\.(\w+)\.preprocess_input$/.exec(path)?.[1];
  const tensor = argument(args, 0, 'x');
  if (module === undefined || !(tensor instanceof TensorValue)) return undefined;
  const stated = argument(args, 2, 'mode');
  const mode = module === 'imagenet_utils' ? (stated === undefined ? 'caffe' : stated) : MODES.get(module);
  const step = (before: Value, className: string, kind: LayerKind): Value => {
    const layer = library.layer(machine, className, NO_ARGS, at);
    layer.fixedKind = kind;
    // Arithmetic has no weights, whether it is understood or not.
    layer.declaredParameters = { learned: 0, measured: 0 };
    return library.apply(machine, layer, [before], at);
  };
  const scaled = (before: Value, divisor: number) =>
    step(before, 'TrueDivide', { kind: 'rescale', scale: 1 / divisor, offset: 0 });
  switch (mode) {
    case 'none':
      return tensor;
    case 'tf':
      return step(scaled(tensor, 127.5), 'Subtract', { kind: 'rescale', scale: 1, offset: -1 });
    case 'torch': {
      const centred = step(scaled(tensor, 255), 'Add', {
        kind: 'rescale',
        scale: 1,
        offset: MEAN.map((mean) => -mean)
      });
      return step(centred, 'TrueDivide', { kind: 'rescale', scale: DEVIATION.map((one) => 1 / one), offset: 0 });
    }
    default: {
      const reason = t('the colours are put into another order, which is not one of the layers known here');
      return step(tensor, 'Stack', { kind: 'opaque', reason });
    }
  }
}
