/** What a model takes as input, and how a picture is best turned into it. */
import type { Graph, LayerNode, Model } from '../core/model';
import type { Shape } from '../core/shape';
import type { Preprocessing } from '../protocol/inputs';
import type { InputPort } from '../protocol/requests';
import { formatOf } from './layers';
import { t } from '../core/texts';

/** One port for each of `Graph.inputs`. */
export function inputPorts(model: Model): InputPort[] {
  return model.root.inputs.map((ref): InputPort => {
    const layer = model.root.layers.get(model.root.calls[ref.call]?.layer ?? '');
    const full: Shape = layer?.kind.kind === 'input' ? layer.kind.shape : [null];
    return describePort(layer?.name ?? 'input', full.slice(1), formatOf(undefined, model) === 'channelsFirst');
  });
}

function describePort(name: string, shape: Shape, channelsFirst: boolean): InputPort {
  const channels = shape.length < 2 ? null : ((channelsFirst ? shape[0] : shape.at(-1)) ?? null);
  const spatial = channelsFirst ? shape.slice(1) : shape.slice(0, -1);
  const picture = shape.length === 3 && (channels === null || channels === 1 || channels === 3 || channels === 4);
  const role = picture ? 'image' : shape.length === 2 ? 'series' : shape.length === 4 ? 'volume' : 'values';
  return {
    name,
    shape,
    role,
    channels,
    height: picture ? (spatial[0] ?? null) : null,
    width: picture ? (spatial[1] ?? null) : null,
    channelsFirst
  };
}

export interface Guess {
  readonly preprocessing: Preprocessing;
  readonly reason: string;
}

/** The first layers that look at the input's values, in execution order, nested models opened. */
function firstLayers(graph: Graph, limit = 4): LayerNode[] {
  const found: LayerNode[] = [];
  for (const call of graph.calls) {
    const layer = graph.layers.get(call.layer);
    if (layer === undefined || layer.kind.kind === 'input') continue;
    if (layer.kind.kind === 'model') found.push(...firstLayers(layer.kind.graph, limit));
    else found.push(layer);
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}

const families: readonly (readonly [RegExp, Preprocessing['normalization'], () => string])[] = [
  [/mobilenet|xception|inception|nasnet/i, '-1..1', () => t('networks of this name are trained on -1..1')],
  [/efficientnet|convnext/i, '0..255', () => t('networks of this name scale the input themselves')],
  [/densenet/i, 'imagenet', () => t('networks of this name are trained on ImageNet mean and deviation')],
  [/vgg|resnet/i, 'caffe', () => t('Keras networks of this name are trained on BGR with the mean subtracted')]
];

/** @param lightBackground whether the picture's border is light: digits are trained as light strokes on black. */
export function guessPreprocessing(model: Model, port: InputPort, lightBackground: boolean): Guess {
  const colour = port.channels === 1 ? 'gray' : 'rgb';
  const make = (
    normalization: Preprocessing['normalization'],
    reason: string,
    more: Partial<Preprocessing> = {}
  ): Guess => ({
    preprocessing: { fit: 'stretch', normalization, colour, invert: false, ...more },
    reason
  });
  const first = firstLayers(model.root);
  const kinds = first.map((layer) => layer.kind.kind);
  if (kinds.includes('rescale')) return make('0..255', t('the model rescales its input itself'));
  if (kinds.includes('normalization')) return make('0..255', t('the model normalises its input itself'));
  if (port.channels === 1 && (port.height ?? 99) <= 32) {
    const why = t('small grey pictures are usually trained as light strokes on black in 0..1');
    return lightBackground
      ? make('0..1', t('{0}; this picture is light, so it is inverted', why), { invert: true })
      : make('0..1', why);
  }
  const name = `${model.name} ${model.root.name} ${first.map((layer) => layer.name).join(' ')}`;
  if (model.framework === 'pytorch' && /resnet|vgg|densenet|mobilenet|efficientnet/i.test(name)) {
    return make('imagenet', t('torchvision networks are trained on ImageNet mean and deviation'), { fit: 'cover' });
  }
  const family = families.find(([pattern]) => pattern.test(name));
  if (family !== undefined) return make(family[1], family[2]());
  if (kinds[0] === 'batchNorm')
    return make('0..255', t('batch normalisation comes first, so the raw range is a good guess'));
  return make('0..1', t('most small networks are trained on 0..1; compare the presets if the answer is unsure'));
}
