/** What the interpreter found, as models with the places they come from. */
import type { Model, Notice, SourceRange } from '../../core/model';
import type { Located } from '../python/ast';
import type { SourceDefinition, SourceProblem } from '../types';
import { buildGraph } from './graph';
import type { KerasLibrary } from './library';
import { recipeOf, type Follow } from './recipe';
import { LayerValue, ModelValue } from './values';

/** What the models are said to be of. */
export interface Origin {
  readonly format: Model['format'];
  readonly framework: Model['framework'];
  readonly version: string | null;
}

export function definitionsOf(
  library: KerasLibrary,
  rangeOf: (at: Located) => SourceRange,
  follow: Follow,
  origin: Origin = { format: 'keras-source', framework: 'keras', version: String(library.settings.version) }
): { definitions: SourceDefinition[]; problems: SourceProblem[] } {
  const definitions: SourceDefinition[] = [];
  const problems: SourceProblem[] = [];
  const parts = nestedIn(library.models.all);
  const taken = new Map<string, number>();
  for (const model of library.models.all) {
    if (parts.has(model) && (model.variable === null || (model.isSubclass && !model.variableIsGlobal))) continue;
    const name = model.variable ?? model.name;
    const range = rangeOf(model.at);
    if (model.taint !== null) {
      const at = model.taint.at === null ? range : rangeOf(model.taint.at);
      problems.push({ code: 'unresolved', message: `${name}: ${model.taint.reason}`, range: at });
      continue;
    }
    if (model.type === 'sequential' && model.layers.length === 0) continue;
    const count = (taken.get(name) ?? 0) + 1;
    taken.set(name, count);
    const notices: Notice[] = [];
    const callSites = new Map<string, readonly SourceRange[]>();
    for (const layer of layersIn(model)) layer.translated = null;
    const { graph } = buildGraph(model, {
      settings: library.settings,
      names: library.names,
      rangeOf,
      notices,
      callSites
    });
    definitions.push({
      key: count === 1 ? name : `${name}@${count}`,
      model: {
        ...modelOf(name, graph, origin, notices, range),
        training: recipeOf(model, library.loaded, rangeOf, follow)
      },
      range,
      callSites
    });
  }
  return { definitions, problems };
}

function modelOf(
  name: string,
  root: Model['root'],
  origin: Origin,
  notices: readonly Notice[],
  source: SourceRange
): Model {
  return {
    name,
    format: origin.format,
    framework: origin.framework,
    frameworkVersion: origin.version,
    topology: 'exact',
    root,
    weightsOrigin: { kind: 'none' },
    notices,
    unplaced: [],
    fileBytes: null,
    source,
    classNames: null
  };
}

/** Models that are layers of other models. */
function nestedIn(models: readonly ModelValue[]): Set<ModelValue> {
  const nested = new Set<ModelValue>();
  const open = [...models];
  for (let model = open.pop(); model !== undefined; model = open.pop()) {
    for (const part of partsOf(model)) {
      if (!(part instanceof ModelValue) || nested.has(part)) continue;
      nested.add(part);
      open.push(part);
    }
  }
  return nested;
}

function partsOf(model: ModelValue): Set<LayerValue | ModelValue> {
  const parts = new Set<LayerValue | ModelValue>(model.layers);
  const seen = new Set<object>();
  const open = model.outputs.map((tensor) => tensor.call);
  for (let call = open.pop(); call !== undefined; call = open.pop()) {
    if (seen.has(call)) continue;
    seen.add(call);
    parts.add(call.layer);
    open.push(...call.inputs.map((tensor) => tensor.call));
  }
  return parts;
}

/** Every layer of the model and of the models inside it; translations depend on where a layer stands. */
function layersIn(model: ModelValue, found = new Set<LayerValue | ModelValue>()): LayerValue[] {
  for (const part of partsOf(model)) {
    if (found.has(part)) continue;
    found.add(part);
    if (part instanceof ModelValue) layersIn(part, found);
    else {
      const wrapped = part.attributes.get('layer');
      if (wrapped instanceof LayerValue) found.add(wrapped);
    }
  }
  return [...found].filter((part) => part instanceof LayerValue);
}
