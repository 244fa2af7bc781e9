/** Goes on with a kept run: to its end where it was stopped, by as many epochs again where it was done. */
import type { RunSummary } from '../../src/protocol/training';
import { startTraining, train } from './trainState';

export function goOn(model: string, summary: RunSummary): void {
  const finished = summary.epochs.length >= summary.form.epochs || summary.ending?.kind === 'early';
  const epochs = finished ? summary.epochs.length + summary.form.epochs : summary.form.epochs;
  const { data, live } = train.get();
  void startTraining({
    model,
    // A kept run knows its own data; the child process takes them from there.
    data: live?.run === summary.run ? live.data : (data ?? { kind: 'digits' }),
    dataTitle: summary.data,
    form: { ...summary.form, epochs },
    resume: summary
  });
}
