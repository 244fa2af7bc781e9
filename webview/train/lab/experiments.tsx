/** The part "Experiments" of the tab "Train": choose one, set it up, watch it, read what it found. */
import type { DataOffer } from '../../../src/protocol/training';
import { Button } from '../../controls';
import { t } from '../../l10n';
import { useRequest } from '../../shared/useRequest';
import { ErrorBox, Loaded } from '../../shared/waiting';
import { DataCards, firstData, PickData } from '../dataChoice';
import { train, useTrain } from '../trainState';
import { Choose } from './choose';
import { ExperimentView } from './experimentView';
import { isUnderWay, lab, useLab } from './labState';
import { LabSetup } from './labSetup';

export function Experiments({ model }: { readonly model: string }) {
  const screen = useLab((state) => state.screen);
  const shown = useLab((state) => state.live !== null || state.opened !== null);
  if (screen === 'experiment' && shown) return <ExperimentView model={model} />;
  return <BeforeAnExperiment model={model} setup={screen === 'setup'} />;
}

/** Choosing and setting up need data to try on. */
function BeforeAnExperiment({ model, setup }: { readonly model: string; readonly setup: boolean }) {
  const version = useTrain((state) => state.dataVersion);
  const offers = useRequest('trainingData', { model }, version);
  return (
    <>
      <Underway />
      <Loaded of={offers} skeleton="lines">
        {(found) => <WithOffers model={model} offers={found} setup={setup} />}
      </Loaded>
    </>
  );
}

/** The way back to an experiment that goes while another one is looked for. */
function Underway() {
  const live = useLab((state) => state.live);
  if (live === null || !isUnderWay(live)) return null;
  return (
    <p class="note lab-underway">
      <span>{t('▶ {0} is under way.', live.title)}</span>{' '}
      <Button onClick={() => lab.set({ screen: 'experiment', opened: null })}>{t('Watch it')}</Button>
    </p>
  );
}

interface WithOffersProps {
  readonly model: string;
  readonly offers: readonly DataOffer[];
  readonly setup: boolean;
}

function WithOffers({ model, offers, setup }: WithOffersProps) {
  const picked = useTrain((state) => state.data);
  const data = picked ?? firstData(offers);
  if (data === null)
    return (
      <div class="empty">
        <p>
          {t(
            'No data at hand fits this network, and an experiment trains on some. Choose a folder with one sub-folder of pictures a class, or a file of arrays.'
          )}
        </p>
        {offers.length > 0 ? (
          <DataCards offers={offers} chosen={null} />
        ) : (
          <div class="tools">
            <PickData />
          </div>
        )}
      </div>
    );
  return <WithData key={JSON.stringify(data)} {...{ model, offers, setup, data }} />;
}

function WithData({ model, offers, setup, data }: WithOffersProps & { readonly data: DataOffer['choice'] }) {
  const offer = useRequest('experimentOffer', { model, data });
  if (offer.status === 'failed')
    return (
      <ErrorBox error={offer.error} onRetry={offer.retry}>
        <Button onClick={() => train.set({ part: 'setup' })}>{t('Other data…')}</Button>
      </ErrorBox>
    );
  return (
    <Loaded of={offer} skeleton="lines">
      {(found) =>
        setup ? (
          <LabSetup model={model} data={data} offers={offers} offer={found} />
        ) : (
          <Choose model={model} offer={found} />
        )
      }
    </Loaded>
  );
}
