/** A model's configuration (`model_config`, `config.json`, `modelTopology`) as a `ModelSpec`. */
import { fieldOf } from '../../core/keras/attributes';
import { WRAPPERS } from '../../core/keras/kerasLayer';
import { damaged, FileProblem } from '../../files/problem';
import { branchesOf, joinBranches } from './branches';
import { callsOf, portsOf } from './inbound';
import type { LayerSpec, ModelSpec } from './spec';
import { t } from '../../core/texts';

const DEEPEST = 30;
const MOST_LAYERS = 50_000;

const SEQUENTIAL = new Set(['Sequential']);
const FUNCTIONAL = new Set(['Functional', 'Model', 'Graph', 'Network']);

/** `nbFilter` and `nb_filter` are one attribute; TensorFlow.js writes the first form. */
function snakeCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, (_, before: string, after: string) => `${before}_${after.toLowerCase()}`);
}

function entriesOf(value: unknown): Map<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return new Map();
  return new Map(Object.entries(value));
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Whether a class name stands for a model; subclassed models have the same configuration as functional ones. */
export function isModelConfig(className: string, config: unknown): boolean {
  if (SEQUENTIAL.has(className) || FUNCTIONAL.has(className)) return true;
  return Array.isArray(fieldOf(config, 'layers')) && Array.isArray(fieldOf(config, 'output_layers'));
}

/**
 * @param value `{class_name, config}`
 * @throws {FileProblem} where it is not the configuration of a model
 */
export function parseModel(value: unknown): ModelSpec {
  const className = textOf(fieldOf(value, 'class_name'));
  const config = fieldOf(value, 'config');
  if (className === null || config === undefined) throw damaged(t('the model configuration names no class'));
  if (!isModelConfig(className, config)) {
    throw new FileProblem(
      t('the model is a subclass of Model ({0}), whose layers are not in the file', className),
      t('Open the Python file that defines it instead')
    );
  }
  return modelOf(className, config, { depth: 0, layers: 0 });
}

interface Budget {
  readonly depth: number;
  layers: number;
}

function modelOf(className: string, config: unknown, budget: Budget): ModelSpec {
  if (budget.depth > DEEPEST) throw damaged(t('models are nested more than 30 levels deep'));
  // Keras 1 and early Keras 2: a Sequential's configuration is the bare list of its layers.
  const list: unknown = Array.isArray(config) ? config : fieldOf(config, 'layers');
  if (!Array.isArray(list)) throw damaged(t('the model configuration holds no list of layers'));
  const items: readonly unknown[] = list;
  const branches = SEQUENTIAL.has(className) ? branchesOf(items[0]) : null;
  if (branches !== null) return mergedModel(className, config, items, branches, budget);
  const layers = items.map((layer) => layerOf(layer, budget));
  const built = fieldOf(config, 'build_input_shape');
  return {
    name: textOf(fieldOf(config, 'name')) ?? className.toLowerCase(),
    className,
    sequential: SEQUENTIAL.has(className) || (Array.isArray(config) && !FUNCTIONAL.has(className)),
    layers,
    inputs: portsOf(fieldOf(config, 'input_layers')),
    outputs: portsOf(fieldOf(config, 'output_layers')),
    inputShape: Array.isArray(built) ? built : null
  };
}

function mergedModel(
  className: string,
  config: unknown,
  [merge, ...rest]: readonly unknown[],
  branches: readonly unknown[],
  budget: Budget
): ModelSpec {
  const inner: Budget = { depth: budget.depth + 1, layers: budget.layers };
  const joined = branches.map((branch) => {
    const layer = layerOf(branch, inner);
    return layer.model ?? layer;
  });
  budget.layers = inner.layers;
  return joinBranches(
    textOf(fieldOf(config, 'name')) ?? className.toLowerCase(),
    layerOf(merge, budget),
    joined,
    rest.map((layer) => layerOf(layer, budget))
  );
}

function layerOf(value: unknown, budget: Budget): LayerSpec {
  if (++budget.layers > MOST_LAYERS) throw damaged(t('the model configuration lists more than 50,000 layers'));
  const className = textOf(fieldOf(value, 'class_name'));
  if (className === null) throw damaged(t('a layer in the model configuration names no class'));
  const given = fieldOf(value, 'config');
  const config = entriesOf(given);
  const attributes = new Map([...config].map(([name, item]) => [snakeCase(name), item]));
  const name = textOf(config.get('name')) ?? textOf(fieldOf(value, 'name')) ?? className.toLowerCase();
  const inbound = fieldOf(value, 'inbound_nodes') ?? fieldOf(value, 'inboundNodes');
  const inner: Budget = { depth: budget.depth + 1, layers: budget.layers };
  if (inner.depth > DEEPEST) throw damaged(t('layers are nested more than 30 levels deep'));
  const model = isModelConfig(className, given) ? { ...modelOf(className, given, inner), name } : null;
  const held = attributes.get('layer');
  const wrapped = WRAPPERS.has(className) && fieldOf(held, 'class_name') !== undefined ? layerOf(held, inner) : null;
  budget.layers = inner.layers;
  return {
    name,
    className,
    module: textOf(fieldOf(value, 'module')),
    config,
    attributes,
    trainable: attributes.get('trainable') !== false,
    model,
    wrapped,
    calls: callsOf(inbound),
    inbound
  };
}
