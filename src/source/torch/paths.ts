/** Dotted names of PyTorch in one spelling. */
import { torchSignature } from './signatures';
import { argumentOrder, lossClassOf } from './trainingSignatures';

const PREFIXES: readonly (readonly [RegExp, string])[] = [
  [/^torch\.nn\.modules\.(?:\w+\.)?([A-Z]\w*)$/, 'torch.nn.$1'],
  [/^torch\.nn\.modules\b/, 'torch.nn'],
  [/^torch\.nn\.parameter\.Parameter$/, 'torch.nn.Parameter'],
  [/^torch\.jit\.ScriptModule$/, 'torch.nn.Module'],
  [/^(pytorch_lightning|lightning(\.pytorch)?)\.(?:core\.(?:\w+\.)?)?LightningModule$/, 'torch.nn.Module']
];

export function torchPath(path: string): string {
  return PREFIXES.reduce((name, [pattern, replacement]) => name.replace(pattern, replacement), path);
}

export function isTorchPath(path: string): boolean {
  return /^(torch|torchvision|torchsummary|torchinfo)(\.|$)/.test(path);
}

/** The class of `torch.nn` a path names; `null` for others. */
export function moduleClassOf(path: string): string | null {
  return /^torch\.nn\.([A-Z]\w*)$/.exec(path)?.[1] ?? null;
}

const CONTAINERS = new Set(['Module', 'Sequential', 'ModuleList', 'ModuleDict', 'Parameter', 'ParameterList']);

/** What a name means after `from torch.nn import *`. */
export function torchWildcard(modules: readonly string[], name: string): string | null {
  for (const module of modules) {
    const isLoss = name.endsWith('Loss') && argumentOrder(name).length > 0;
    if (module === 'torch.nn' && (CONTAINERS.has(name) || torchSignature(name) !== null || isLoss))
      return `torch.nn.${name}`;
    if (module === 'torch.optim' && argumentOrder(name)[0] === 'params') return `torch.optim.${name}`;
    if (module === 'torch.nn' && name === 'functional') return 'torch.nn.functional';
    if (
      module === 'torch.nn.functional' &&
      /^[a-z]\w*$/.test(name) &&
      (FUNCTIONS.has(name) || lossClassOf(name) !== null)
    ) {
      return `torch.nn.functional.${name}`;
    }
    if (module === 'torch' && ['nn', 'cat', 'flatten', 'optim'].includes(name)) return `torch.${name}`;
  }
  return null;
}

const FUNCTIONS = new Set(
  'relu relu_ leaky_relu elu gelu silu softmax log_softmax sigmoid tanh dropout dropout2d max_pool2d avg_pool2d adaptive_avg_pool2d adaptive_max_pool2d interpolate pad normalize'.split(
    ' '
  )
);
