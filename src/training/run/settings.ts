/** Everything that decides how a run goes; equal settings, data and weights give equal runs. */
import type { Augmentation } from '../../data/augment/augment';
import type { EarlyStoppingSettings, PlateauSettings } from '../callbacks';
import type { Dialect } from '../dialect';
import type { LossSettings } from '../losses/settings';
import type { MetricSettings } from '../metrics';
import type { OptimizerSettings } from '../optimizers/settings';
import type { RegularizerSettings } from '../regularizers';
import type { ScheduleSettings } from '../schedules';

export interface RunSettings {
  readonly dialect: Dialect;
  readonly optimizer: OptimizerSettings;
  /** `null`: the optimizer's own rate throughout. */
  readonly schedule: ScheduleSettings | null;
  /** Of the first output; networks with several outputs are trained on their first. */
  readonly loss: LossSettings;
  readonly metrics: readonly MetricSettings[];
  readonly epochs: number;
  readonly batchSize: number;
  /** Of the order of examples, masks, noise and augmentation. */
  readonly seed: number;
  readonly shuffle: boolean;
  /** By class; `null`: all count alike. */
  readonly classWeights: readonly number[] | null;
  readonly earlyStopping: EarlyStoppingSettings | null;
  readonly plateau: PlateauSettings | null;
  /** By `Parameter.key`. */
  readonly regularizers: ReadonlyMap<string, RegularizerSettings>;
  /** Ids of layers that keep their weights. */
  readonly frozen: ReadonlySet<string>;
  /** In place of every batch norm's own momentum (weight of the old statistic); `null` keeps theirs. */
  readonly batchNormMomentum: number | null;
  /**
   * Standard deviation of Gaussian noise added to every learned kernel for each step and taken away again, relative to the
   * kernel's own standard deviation; 0: none.
   */
  readonly weightNoise: number;
  readonly augmentation: readonly Augmentation[];
}
