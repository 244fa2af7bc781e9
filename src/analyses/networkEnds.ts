/** What a network with one input reads and what its first output answers, for bringing data to it. */
import { summarize } from '../core/summarize';
import type { Model } from '../core/model';
import type { Shape } from '../core/shape';
import { fail, ok, type Result } from '../core/result';
import { t } from '../core/texts';
import type { ImagePort, Preprocessing } from '../images/types';
import { guessPreprocessing, inputPorts } from './inputs';

export interface NetworkEnds {
  /** Without the batch axis. */
  readonly input: Shape;
  /** Where the input is a picture. */
  readonly port: ImagePort | null;
  readonly preprocessing: Preprocessing;
  /** Without the batch axis; `null` where it is not known. */
  readonly output: Shape | null;
  /** The network's own names of its classes. */
  readonly classNames: readonly string[] | null;
}

/** @returns the problem of networks that have no wiring, or several inputs */
export function networkEnds(model: Model, classNames: readonly string[] | null): Result<NetworkEnds> {
  const ports = inputPorts(model);
  const [port] = ports;
  if (port === undefined || model.topology === 'none') {
    return fail({
      file: model.name,
      problem: t('holds weights but no wiring, so it cannot be trained'),
      remedy: t('Open the full model file')
    });
  }
  if (ports.length > 1) {
    return fail({
      file: model.name,
      problem: t('has {0} inputs; networks with one are trained here', ports.length),
      remedy: t('Choose another network')
    });
  }
  const output = summarize(model).outputs[0]?.shape ?? null;
  return ok({
    input: port.shape,
    port: port.role === 'image' ? port : null,
    preprocessing: guessPreprocessing(model, port, false).preprocessing,
    output: output === null ? null : output.slice(1),
    classNames
  });
}
