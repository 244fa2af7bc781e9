/** `ConvLens: Load Weights…`: gives a definition the weights of a file. */
import type { Panels } from '../panel/panels';
import type { Services } from '../services';
import { chooseWeights } from '../weights/choose';
import { inspectDefinition, inspectModel, uriOf } from './inspect';

/** Takes the definition that is named, else the one of the panel used last, else asks for a model first. */
export async function loadWeights(services: Services, panels: Panels, uri: unknown, key: unknown): Promise<void> {
  const named = uriOf(uri);
  const active = services.panels.active;
  const panel =
    named !== null && typeof key === 'string'
      ? inspectDefinition(panels, named, key, null)
      : named === null && active?.subject.kind === 'source'
        ? active
        : await inspectModel(services, panels, uri);
  if (panel !== null) await chooseWeights(services, panel.subject);
}
