/** What can be learned from, as cards: what is here, what is away, what does not fit and why; or something of the person's own. */
import { useState } from 'preact/hooks';
import type { ProgressNote, RequestError } from '../../src/protocol/channel';
import { toRequestError } from '../../src/protocol/rpc';
import type { DataChoice, DataOffer } from '../../src/protocol/training';
import { channel } from '../channel';
import { Button } from '../controls';
import { t } from '../l10n';
import { report } from '../session';
import { formatBytes } from '../shared/format';
import { useRequest } from '../shared/useRequest';
import { ErrorBox, Loaded, Progress } from '../shared/waiting';
import { train, useTrain } from './trainState';

export function sameData(a: DataChoice | null, b: DataChoice | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** What stands chosen before anybody chose: what the code names, where it is here; else the first that is. */
export function firstData(offers: readonly DataOffer[]): DataChoice | null {
  const here = offers.filter((offer) => offer.state === 'here');
  return (here.find((offer) => offer.fromCode !== null) ?? here[0])?.choice ?? null;
}

export function fileName(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
}

/** As the offer says, or by its file where a person chose it. */
export function dataTitle(choice: DataChoice, offers: readonly DataOffer[]): string {
  const offer = offers.find((one) => sameData(one.choice, choice));
  if (offer !== undefined) return offer.title;
  return choice.kind === 'path' ? fileName(choice.path) : choice.kind === 'known' ? choice.name : t('bundled digits');
}

export function DataCards(props: { readonly offers: readonly DataOffer[]; readonly chosen: DataChoice | null }) {
  const { offers, chosen } = props;
  const paths = useTrain((state) => state.paths);
  const own = paths
    .map((path): DataChoice => ({ kind: 'path', path }))
    .filter((choice) => !offers.some((offer) => sameData(offer.choice, choice)));
  return (
    <section aria-label={t('Data to train on')}>
      <ul class="data-cards">
        {offers.map((offer) => (
          <Card key={JSON.stringify(offer.choice)} offer={offer} chosen={sameData(offer.choice, chosen)} />
        ))}
        {own.map((choice) => (
          <Card
            key={JSON.stringify(choice)}
            offer={{
              choice,
              title: dataTitle(choice, offers),
              state: 'here',
              reason: t('chosen by you'),
              fromCode: null
            }}
            chosen={sameData(choice, chosen)}
          />
        ))}
      </ul>
      <div class="tools">
        <PickData />
      </div>
    </section>
  );
}

/** Dialogs choose either folders or files on most systems, so there are two buttons. */
export function PickData() {
  const pick = async (kind: 'folder' | 'file') => {
    try {
      const found = await channel.request('pickTrainingData', { kind });
      if (found === null) return;
      const { paths } = train.get();
      train.set({
        paths: [found.path, ...paths.filter((path) => path !== found.path)],
        data: { kind: 'path', path: found.path }
      });
    } catch (error) {
      report(error);
    }
  };
  return (
    <>
      <Button onClick={() => void pick('folder')}>{t('A folder of pictures…')}</Button>
      <Button onClick={() => void pick('file')}>{t('A file…')}</Button>
      <span class="quiet">{t('one sub-folder a class; .npz, .npy, IDX, CSV of pixels')}</span>
    </>
  );
}

function Card({ offer, chosen }: { readonly offer: DataOffer; readonly chosen: boolean }) {
  const states = { here: t('here'), away: t('not on this machine'), unfit: t('does not fit') };
  const signs = { here: '✔', away: '↓', unfit: '✖' };
  const words = (
    <>
      <span class="data-title">{offer.title}</span>
      <span class={`data-state data-${offer.state}`}>
        <span aria-hidden="true">{signs[offer.state]}</span> {states[offer.state]}
      </span>
      {offer.fromCode !== null && <span>{t('named in the code, line {0}', offer.fromCode.line + 1)}</span>}
      <span class="quiet">{offer.reason}</span>
    </>
  );
  if (offer.state !== 'here')
    return (
      <li class="data-card data-off">
        {words}
        {offer.state === 'away' && offer.choice.kind === 'known' && (
          <Download choice={offer.choice} name={offer.choice.name} />
        )}
      </li>
    );
  return (
    <li>
      <button type="button" class="data-card" aria-pressed={chosen} onClick={() => train.set({ data: offer.choice })}>
        {words}
      </button>
    </li>
  );
}

/** From its publisher: what would come is said first, the host asks for a yes, and nothing is fetched without one. */
function Download({ choice, name }: { readonly choice: DataChoice; readonly name: string }) {
  const [looking, setLooking] = useState(false);
  const [going, setGoing] = useState<{ readonly note: ProgressNote | null; readonly stop: AbortController } | null>(
    null
  );
  const [error, setError] = useState<RequestError | null>(null);
  const fetchIt = async () => {
    const stop = new AbortController();
    setError(null);
    setGoing({ note: null, stop });
    try {
      const { downloaded } = await channel.request(
        'downloadData',
        { name },
        { signal: stop.signal, onProgress: (note) => setGoing({ note, stop }) }
      );
      if (downloaded) train.set({ data: choice, dataVersion: train.get().dataVersion + 1 });
    } catch (failure) {
      setError(toRequestError(failure));
    } finally {
      setGoing(null);
    }
  };
  if (going !== null) return <Progress note={going.note} onCancel={() => going.stop.abort()} />;
  return (
    <>
      {error !== null && <ErrorBox error={error} onRetry={() => void fetchIt()} />}
      {looking ? (
        <DownloadFacts name={name} onFetch={() => void fetchIt()} />
      ) : (
        <Button onClick={() => setLooking(true)}>{t('Download…')}</Button>
      )}
    </>
  );
}

function DownloadFacts({ name, onFetch }: { readonly name: string; readonly onFetch: () => void }) {
  const facts = useRequest('downloadFacts', { name });
  return (
    <Loaded of={facts} skeleton="lines">
      {(found) => (
        <>
          <span>
            {t(
              '{0} from {1}, {2}; put into {3}.',
              formatBytes(found.bytes),
              found.publisher,
              found.licence,
              found.folder
            )}
          </span>
          {found.addresses.map((address) => (
            <code key={address} class="data-address">
              {address}
            </code>
          ))}
          <Button onClick={onFetch}>{t('Download {0}', formatBytes(found.bytes))}</Button>
        </>
      )}
    </Loaded>
  );
}
