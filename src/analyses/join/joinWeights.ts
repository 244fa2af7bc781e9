/** A model that code defines, with the weights of a file: joined layer by layer, and every difference listed. */
import { expectedWeights } from '../../core/expectedWeights';
import { firstInputShapes } from '../../core/firstInputShapes';
import { inferShapes } from '../../core/inferShapes';
import type { Graph, LayerNode, Model } from '../../core/model';
import type { FitRow, WeightsFit } from '../../core/weightsFit';
import { t } from '../../core/texts';
import { computing, fitLayer, familyOf, type LayerFit, type NeededLayer } from './fitLayer';
import { readsFlattenedMaps } from './flattened';
import { pairLayers, sortsOf } from './pairLayers';

/** Layers in the order of their first call, those of nested models too; then what nothing calls. */
function inOrder(graph: Graph, found = new Map<string, LayerNode>()): Map<string, LayerNode> {
  const ids = new Set([...graph.calls.map((call) => call.layer), ...graph.layers.keys()]);
  for (const id of ids) {
    const layer = graph.layers.get(id);
    if (layer === undefined || found.has(id)) continue;
    if (layer.kind.kind === 'model') inOrder(layer.kind.graph, found);
    else found.set(id, layer);
  }
  return found;
}

/** The code's layers that need weights, or might. */
function neededBy(model: Model): NeededLayer[] {
  const inputs = firstInputShapes(inferShapes(model.root));
  return [...inOrder(model.root).values()].flatMap((layer): NeededLayer[] => {
    const input = inputs.get(layer.id) ?? null;
    const expected = expectedWeights(layer, input, model.framework);
    return expected !== null && expected.length === 0 ? [] : [{ layer, input, expected }];
  });
}

export interface Joined {
  /** The code's model with the weights that fit. */
  readonly model: Model;
  readonly fit: WeightsFit;
}

/**
 * @param code a model without weights of its own
 * @param file any model with weights, whole or weights alone
 * @param olderThanCode whether the file was written before the code was last changed
 */
export function joinWeights(code: Model, file: Model, fileName: string, olderThanCode = false): Joined {
  const needed = neededBy(code);
  const stored = [...inOrder(file.root).values()].filter((layer) => computing(layer).length > 0);
  const fitOf = (i: number, j: number) => fitAt(code, file, needed[i], stored[j]);
  const ranks = stored.map((layer) => computing(layer).map(({ shape }) => shape.length));
  const namesAreKept = code.framework === 'pytorch' && file.framework === 'pytorch';
  const pairs = pairLayers(needed, stored, sortsOf(needed, ranks), statusBy(needed, stored, fitOf), namesAreKept);
  const byCode = new Map(pairs.map((pair) => [pair.code, pair]));
  const weights = new Map<string, LayerFit['weights']>();
  const rows = needed.flatMap(({ layer, expected }, i): FitRow[] => {
    const pair = byCode.get(i);
    if (pair === undefined) {
      // A layer that is not understood may well have no weights at all.
      if (expected === null && layer.kind.kind === 'opaque') return [];
      return [
        { status: 'missing', layer: layer.id, fileLayer: null, by: null, reason: t('the file holds no weights for it') }
      ];
    }
    const fit = fitOf(i, pair.file);
    if (fit.status === 'matched') weights.set(layer.id, fit.weights);
    return [
      {
        status: fit.status,
        layer: layer.id,
        fileLayer: stored[pair.file]?.name ?? null,
        by: pair.by,
        reason: fit.reason
      }
    ];
  });
  const used = new Set(pairs.map(({ file: at }) => at));
  const extra = stored
    .filter((_, j) => !used.has(j))
    .map((layer): FitRow => ({
      status: 'extra',
      layer: null,
      fileLayer: layer.name,
      by: null,
      reason: t('the code has no layer for it')
    }));
  const matched = rows.filter(({ status }) => status === 'matched').length;
  const fit: WeightsFit = {
    file: fileName,
    rows: [...rows, ...extra],
    matched,
    needed: rows.length,
    verdict: verdictOf(fileName, rows, extra.length)
  };
  const lacking = new Set(rows.flatMap(({ status, layer }) => (status !== 'matched' && layer !== null ? [layer] : [])));
  const model: Model = {
    ...code,
    root: withWeights(code.root, weights),
    weightsOrigin: { kind: 'file', file: fileName, olderThanCode },
    notices: [...code.notices, { code: 'weights-joined', message: fit.verdict }],
    unplaced: file.unplaced,
    fileBytes: file.fileBytes,
    classNames: code.classNames ?? file.classNames,
    weightsFit: fit,
    lacking
  };
  return { model: matched === 0 ? { ...code, weightsFit: fit } : model, fit };
}

/** Layers of equal shapes fit alike: each pair of sorts is looked at once. */
function statusBy(
  needed: readonly NeededLayer[],
  stored: readonly LayerNode[],
  fitOf: (i: number, j: number) => LayerFit
): (i: number, j: number) => LayerFit['status'] {
  const number = (texts: readonly string[]): number[] => {
    const known = new Map<string, number>();
    return texts.map((text) => {
      const at = known.get(text) ?? known.size;
      known.set(text, at);
      return at;
    });
  };
  const codeSorts = number(
    needed.map(({ layer, expected }) => {
      // Where a dense layer stands matters too; what the code does not tell may differ from layer to layer.
      if (expected === null || layer.kind.kind === 'dense') return layer.id;
      return `${layer.kind.kind} ${expected.map(({ role, shape, layout }) => `${role} ${layout} ${shape.join('x')}`).join()}`;
    })
  );
  const fileSorts = number(
    stored.map((layer) =>
      computing(layer)
        .map(
          ({ name, role, layout, shape }) => `${name.split(/[./]/).at(-1) ?? ''} ${role} ${layout} ${shape.join('x')}`
        )
        .join()
    )
  );
  const known = new Map<number, LayerFit['status']>();
  return (i, j) => {
    const key = (codeSorts[i] ?? -1) * stored.length + (fileSorts[j] ?? -1);
    const status = known.get(key) ?? fitOf(i, j).status;
    known.set(key, status);
    return status;
  };
}

function fitAt(code: Model, file: Model, needed: NeededLayer | undefined, stored: LayerNode | undefined): LayerFit {
  if (needed === undefined || stored === undefined) return { status: 'unknown', reason: null, weights: [] };
  const fit = fitLayer(needed, stored, code.framework, file.framework);
  const foreign = familyOf(code.framework) !== familyOf(file.framework);
  if (fit.status !== 'matched' || !foreign || needed.layer.kind.kind !== 'dense') return fit;
  if (!readsFlattenedMaps(code.root, needed.layer.id)) return fit;
  return {
    status: 'refused',
    reason: t(
      'it reads flattened feature maps, whose numbers stand in another order in {0} than in {1}',
      frameworkName(file),
      frameworkName(code)
    ),
    weights: []
  };
}

const frameworkName = ({ framework }: Model): string =>
  ({ keras: 'Keras', tfjs: 'TensorFlow.js', pytorch: 'PyTorch', unknown: t('its framework') })[framework];

function verdictOf(file: string, rows: readonly FitRow[], extra: number): string {
  const matched = rows.filter(({ status }) => status === 'matched').length;
  if (rows.length === 0) return t('The code has no layer that needs weights.');
  if (matched === 0)
    return t('{0} does not fit this code: none of its layers has the weights that the code needs.', file);
  if (matched === rows.length) {
    return extra === 0
      ? t('{0} fits this code: all {1} layers with weights match.', file, matched)
      : t(
          '{0} fits this code: all {1} layers with weights match; {2} more in the file are not used.',
          file,
          matched,
          extra
        );
  }
  return t(
    '{0} fits {1} of {2} layers with weights; the network runs up to the first that does not.',
    file,
    matched,
    rows.length
  );
}

function withWeights(graph: Graph, weights: ReadonlyMap<string, LayerFit['weights']>): Graph {
  const layers = [...graph.layers].map(([id, layer]): [string, LayerNode] => {
    if (layer.kind.kind === 'model')
      return [id, { ...layer, kind: { ...layer.kind, graph: withWeights(layer.kind.graph, weights) } }];
    const own = weights.get(id);
    return [id, own === undefined ? layer : { ...layer, weights: own }];
  });
  return { ...graph, layers: new Map(layers) };
}
