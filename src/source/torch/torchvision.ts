/** What torchvision gives: its networks, and building blocks that are plain compositions. */
import { t } from '../../core/texts';
import { torchvisionNetwork } from '../backbones/torch';
import { callValue } from '../interpreter/calls';
import type { Machine } from '../interpreter/machine';
import { argument, NO_ARGS, PathValue, Unknown, type Args, type Value } from '../interpreter/values';
import type { Located } from '../python/ast';
import type { TorchLibrary } from './library';
import { ModuleValue } from './values';

/** Building blocks of torchvision that are plain compositions. */
export function callTorchvision(library: TorchLibrary, machine: Machine, path: string, args: Args, at: Located): Value {
  const name = path.split('.').at(-1) ?? path;
  if (
    /^torchvision\.(ops\.(misc\.)?|models\..*)(Conv2dNormActivation|ConvNormActivation|ConvBNReLU|ConvBNActivation)$/.test(
      path
    )
  ) {
    return normalizedConvolution(library, machine, args, at);
  }
  if (name === 'StochasticDepth' || name === 'FrozenBatchNorm2d') {
    return new ModuleValue(
      name === 'StochasticDepth' ? 'Identity' : name,
      new Map(),
      machine.place(at),
      machine.stack,
      null
    );
  }
  if (/^torchvision\.models\.(\w+\.)?[a-z]\w*$/.test(path)) {
    // The parts of a network are no models of the document, not even a head that it replaces.
    const before = library.roots.length;
    const network = torchvisionNetwork(machine, name, args, at);
    library.roots.push(...library.roots.splice(before).filter((root) => root === network));
    return network;
  }
  return library.training.made(machine, path, args, at);
}

/** `Conv2dNormActivation`: convolution, norm and activation, the padding half the window. */
function normalizedConvolution(library: TorchLibrary, machine: Machine, args: Args, at: Located): Value {
  const names =
    'in_channels out_channels kernel_size stride padding groups norm_layer activation_layer dilation inplace bias'.split(
      ' '
    );
  const value = (name: string): Value | undefined => argument(args, names.indexOf(name), name);
  const kernel = value('kernel_size') ?? 3;
  const dilation = value('dilation') ?? 1;
  const norm =
    value('norm_layer') === undefined ? new PathValue('torch.nn.BatchNorm2d') : (value('norm_layer') ?? null);
  const activation =
    value('activation_layer') === undefined ? new PathValue('torch.nn.ReLU') : (value('activation_layer') ?? null);
  const half =
    typeof kernel === 'number' && typeof dilation === 'number'
      ? Math.floor((kernel - 1) / 2) * dilation
      : new Unknown(t('the padding depends on a window that is not known'), at);
  const convolution = new Map<string, Value>([
    ['in_channels', value('in_channels') ?? null],
    ['out_channels', value('out_channels') ?? null],
    ['kernel_size', kernel],
    ['stride', value('stride') ?? 1],
    ['padding', value('padding') ?? half],
    ['dilation', dilation],
    ['groups', value('groups') ?? 1],
    ['bias', value('bias') ?? norm === null]
  ]);
  const make = (callee: Value, ...positional: Value[]): Value[] =>
    callee === null ? [] : [callValue(machine, callee, { ...NO_ARGS, positional }, at)];
  const parts = [
    library.construct(machine, 'Conv2d', { ...NO_ARGS, named: convolution }, at),
    ...make(norm, value('out_channels') ?? null),
    ...make(activation)
  ];
  return library.construct(machine, 'Sequential', { ...NO_ARGS, positional: parts }, at);
}
