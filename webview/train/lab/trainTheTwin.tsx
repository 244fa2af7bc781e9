/** The button from a layer's effect to the experiment on it: both networks trained, with it and without, or with another rate. */
import { Button } from '../../controls';
import { t } from '../../l10n';
import { formatValue } from '../../shared/format';
import { useApp, type AppState } from '../../state';
import { putIn, trainTwin } from './labState';

/** A network without an architecture trains nothing, and one that is only visited is trained already. */
const canTrain = ({ visiting, opened }: AppState) => visiting === null && (opened?.inputs.length ?? 0) > 0;

interface TrainTheTwinProps {
  /** Its id. */
  readonly layer: string;
  /** Another rate to train with; `null`: the layer is taken out. */
  readonly rate?: number | null;
}

export function TrainTheTwin({ layer, rate = null }: TrainTheTwinProps) {
  const trains = useApp(canTrain);
  if (!trains) return null;
  return (
    <Button
      title={
        rate === null
          ? t('Trains this network with and without the layer, on the same seeds and batches')
          : t('Trains this network with its own rate and with this one, on the same seeds and batches')
      }
      onClick={() => trainTwin(layer, rate)}
    >
      {rate === null ? t('Train the twin') : t('Train the twin with {0}', formatValue(rate))}
    </Button>
  );
}

/** Where a network lacks a layer: an experiment that puts one in. */
export function PutIn({ way }: { readonly way: 'dropout' | 'batchNorm' }) {
  const trains = useApp(canTrain);
  if (!trains) return null;
  return (
    <div class="tools">
      <Button onClick={() => putIn(way)}>
        {way === 'dropout' ? t('Train a twin with dropout') : t('Train a twin with batch norm')}
      </Button>
    </div>
  );
}
