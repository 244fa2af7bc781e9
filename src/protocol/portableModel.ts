/** A model without tensors that survives a message: what the source interpreter finds, sent to the child process. */
import type { Graph, LayerNode, Model } from '../core/model';

/** Maps survive structured cloning ('advanced' serialisation), so only the lazy tensors and notices need care. */
export type PortableModel = Omit<Model, 'unplaced' | 'fileBytes'>;
export type PortableGraph = Graph;
export type PortableLayer = LayerNode;

/** @throws {Error} where a layer already carries tensors, which cannot travel. */
export function toPortable(model: Model): PortableModel {
  for (const layer of model.root.layers.values()) {
    if (layer.weights.length > 0) throw new Error(`layer ${layer.id} carries weights and cannot be sent`);
  }
  const { unplaced: _unplaced, fileBytes: _fileBytes, ...portable } = model;
  return portable;
}

export function fromPortable(portable: PortableModel): Model {
  return { ...portable, unplaced: [], fileBytes: null };
}
