/** The step-by-step view's requests, answered. */
import { strongestChannel, type MapView } from '../../analyses/maps';
import { liftSizes } from '../../analyses/pooling/windows';
import { planesOf, type Convolving, type LoadedPlanes } from '../../analyses/proofConvolution';
import { viewAs } from '../../analyses/proofPlace';
import { statistics } from '../../analyses/statistics';
import { builtinPicture, convolveByHand, greyPicture } from '../../analyses/steps/ownKernel';
import { convolutionAxes } from '../../analyses/steps/slide';
import { contributions } from '../../analyses/steps/contributions';
import { wiringOf } from '../../analyses/wiring';
import { valueKey } from '../../engine/experiment';
import type { StepsRequests } from '../../protocol/effects/steps';
import type { Volume } from '../../protocol/effects/windows';
import type { Handlers } from '../../protocol/rpc';
import { fitTo } from '../../images/resize';
import { sampleImage } from '../inputs';
import { inputFailure } from '../problem';
import type { Runner } from '../running';
import { layerOf, type Sessions } from '../session';
import { t } from '../../core/texts';

const longestVolume = 262_144;
const mostReads = 64;
const sampleEdge = 64;

export function stepsHandlers(sessions: Sessions, runner: Runner): Handlers<StepsRequests> {
  return {
    stepsMap: async ({ model, layer, occurrence, filter, channel }, { signal }) => {
      const session = sessions.get(model);
      const node = layerOf(session, layer);
      const { kind } = node;
      if (!isConvolving(kind)) throw inputFailure(node.name, t('is no convolution'), t('Choose a convolution'));
      const wiring = wiringOf(session.model);
      const source = wiring.get(wiring.get(valueKey(layer, occurrence))?.sources[0] ?? '');
      if (source === undefined)
        throw inputFailure(node.name, t('reads a value that cannot be named'), t('Choose another layer'));
      const input = viewAs(await runner.view(session, source.layer.id, source.occurrence, signal), kind.dataFormat);
      const output = viewAs(await runner.view(session, layer, occurrence, signal), kind.dataFormat);
      const planes = await planesOf(node, kind, input.channels, signal);
      if (planes === null) throw inputFailure(node.name, t('has no weights'), t('Open a file with weights'));
      const chosen = filter ?? strongestChannel(output);
      if (!(chosen >= 0 && chosen < output.channels))
        throw inputFailure(node.name, t('has no such filter'), t('Choose another'));
      const axes = convolutionAxes(kind, input.shape.slice(0, -1), output.shape.slice(0, -1));
      const reads = contributions(planes.planes(chosen), input, axes);
      const shown = reads.find((one) => one.channel === channel) ?? reads[0];
      if (shown === undefined) throw inputFailure(node.name, t('reads no channel'), t('Choose another layer'));
      const { min, max } = statistics(input.values);
      const written = statistics(output.channel(chosen));
      return {
        filter: chosen,
        filters: output.channels,
        reads: reads.slice(0, mostReads),
        weightInAll: reads.reduce((sum, { weight }) => sum + weight, 0),
        readsInAll: reads.length,
        channel: shown.channel,
        rank: input.shape.length - 1,
        axes,
        input: volumeOf(input, shown.channel),
        output: volumeOf(output, chosen),
        kernel: kernelOf(planes, chosen, shown.channel),
        groups: kind.kind === 'conv' || kind.kind === 'convTranspose' ? kind.groups : 1,
        padMode: kind.padding.type === 'explicit' ? kind.padding.mode : 'zeros',
        kind: kind.kind,
        inputRange: { min, max },
        outputRange: { min: written.min, max: written.max },
        sourceName: source.layer.name
      };
    },
    tryKernel: async ({ picture, ...kernel }) => {
      const { size, values } =
        picture.kind === 'builtin'
          ? builtinPicture()
          : picture.kind === 'sample'
            ? greyPicture(fitTo(await sampleImage(picture.id), sampleEdge, sampleEdge, 'cover'))
            : picture;
      const sane =
        Number.isInteger(kernel.size) &&
        kernel.size >= 1 &&
        kernel.size <= 15 &&
        kernel.stride >= 1 &&
        kernel.dilation >= 1;
      const fits = size[0] * size[1] === values.length && values.length <= longestVolume;
      const map = sane && fits ? convolveByHand(values, size, kernel) : null;
      if (map === null)
        throw inputFailure('kernel', t('does not fit the picture'), t('Choose a smaller kernel, dilation or stride'));
      return map;
    }
  };
}

function isConvolving(kind: { readonly kind: string }): kind is Convolving {
  return ['conv', 'depthwiseConv', 'separableConv', 'convTranspose'].includes(kind.kind);
}

function kernelOf(planes: LoadedPlanes, filter: number, channel: number): Float32Array {
  const plane = planes.planes(filter).find((one) => one.channel === channel);
  return plane === undefined ? new Float32Array() : Float32Array.from(plane.kernel);
}

function volumeOf(view: MapView, channel: number): Volume {
  const values = view.channel(channel);
  if (values.length > longestVolume)
    throw inputFailure('map', t('is too large to be shown cell by cell'), t('Choose a deeper layer'));
  return { size: liftSizes(view.shape.slice(0, -1)), values };
}
