/** Arguments of PyTorch's functions on tensors by name, however they are given. */
import { argument, ListValue, type Args, type Value } from '../interpreter/values';

/** Arguments after the tensor, in order, by function. */
const ARGUMENTS: ReadonlyMap<string, string> = new Map([
  ['max_pool', 'kernel_size stride padding dilation ceil_mode return_indices'],
  ['avg_pool', 'kernel_size stride padding ceil_mode count_include_pad divisor_override'],
  ['adaptive_avg_pool', 'output_size'],
  ['adaptive_max_pool', 'output_size return_indices'],
  ['dropout', 'p training inplace'],
  ['alpha_dropout', 'p training inplace'],
  ['interpolate', 'size scale_factor mode align_corners'],
  ['upsample', 'size scale_factor mode align_corners'],
  ['pad', 'pad mode value'],
  ['leaky_relu', 'negative_slope inplace'],
  ['elu', 'alpha inplace'],
  ['celu', 'alpha inplace'],
  ['hardtanh', 'min_val max_val inplace'],
  ['softplus', 'beta threshold'],
  ['softmax', 'dim'],
  ['log_softmax', 'dim'],
  ['glu', 'dim'],
  ['gelu', 'approximate'],
  ['normalize', 'p dim eps'],
  ['local_response_norm', 'size alpha beta k'],
  ['pixel_shuffle', 'upscale_factor'],
  ['flatten', 'start_dim end_dim'],
  ['mean', 'dim keepdim'],
  ['sum', 'dim keepdim'],
  ['amax', 'dim keepdim'],
  ['amin', 'dim keepdim'],
  ['max', 'dim keepdim'],
  ['min', 'dim keepdim'],
  ['clamp', 'min max'],
  ['chunk', 'chunks dim'],
  ['split', 'split_size_or_sections dim'],
  ['squeeze', 'dim'],
  ['unsqueeze', 'dim']
]);

/** Functions that give their tensor back: it is the same value as far as the network goes. */
export const TRANSPARENT = new Set(
  'contiguous clone detach to cuda cpu float half double type type_as requires_grad_ zero fill normal data identity checkpoint as_tensor'.split(
    ' '
  )
);
/** Answers that are numbers of the data, not of the network. */
export const NUMBERS = new Set(
  'item numel tolist numpy backward any all argmax argmin is_cuda dtype device'.split(' ')
);

export function namedArguments(base: string, args: Args): Map<string, Value> {
  const names = (ARGUMENTS.get(base) ?? '').split(' ').filter((word) => word !== '');
  const values = new Map<string, Value>();
  names.forEach((word, i) => {
    const value = args.positional[i];
    if (value !== undefined) values.set(word, value);
  });
  for (const [word, value] of args.named) values.set(word === 'axis' ? 'dim' : word, value);
  // `x.mean(2, 3)` and `x.permute(0, 2, 3, 1)` are spelled with several positions; only one axis list is.
  return values;
}

/** Sizes given one by one or as one list. */
export function sizesIn(args: Args): readonly Value[] {
  const [first] = args.positional;
  const list = argument(args, 0, 'shape', 'size', 'dims');
  if (args.positional.length <= 1 && list instanceof ListValue) return list.taint === null ? list.items : [list.taint];
  return first === undefined ? [] : args.positional;
}
