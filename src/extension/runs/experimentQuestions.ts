/** What a person is asked and told about experiments: after a crash, after a reload, when one ends out of sight. */
import * as vscode from 'vscode';
import type { ExperimentStatus } from '../../protocol/experiments';
import type { PanelSubject } from '../../protocol/panel';
import type { Panels } from '../panel/panels';
import type { Services } from '../services';
import type { ExperimentEnd, ExperimentStart, ExperimentState } from './experimentRuns';
import type { ExperimentChange } from './trainings';
import { UnfinishedExperiments } from './unfinished';

const none = new vscode.CancellationTokenSource().token;

/** Keeps note of experiments that go, tells the panel what it did not ask for, and tells of crashes and failures. */
export function watchExperiments(services: Services, panels: Panels): vscode.Disposable {
  const unfinished = new UnfinishedExperiments(services.context.workspaceState);
  /** What the panel and the storage know already, by experiment. */
  const known = new Map<string, string>();
  return services.training.onDidChangeExperiment((change) => {
    const { subject, state, end } = change;
    const { experiment } = state;
    if (experiment !== null && isNews(known, experiment, change)) {
      for (const panel of services.panels.ofSubject(subject))
        panel.emit('experimentChanged', { experiment, status: statusOf(end) });
      if (end === null) void unfinished.note(noteOf(subject, experiment, state));
    }
    // The window is closing: the note stays for the next one.
    if (end === null || end.kind === 'left') return;
    if (experiment !== null && end.kind !== 'crashed') void unfinished.forget(experiment);
    tellEnd(services, panels, subject, state, end);
  });
}

/** A job that ended, a name, a turn come: not every report of progress. */
function isNews(known: Map<string, string>, experiment: string, { state, end }: ExperimentChange): boolean {
  const now = `${String(state.finished)} ${String(state.waiting)} ${String(state.jobs)}`;
  const isNew = end !== null || known.get(experiment) !== now;
  if (end === null) known.set(experiment, now);
  else known.delete(experiment);
  return isNew;
}

function statusOf(end: ExperimentEnd | null): ExperimentStatus {
  if (end === null) return 'running';
  return end.kind === 'done' ? end.summary.status : 'stopped';
}

function noteOf(subject: PanelSubject, experiment: string, { start, finished, jobs }: ExperimentState) {
  return { experiment, subject, plan: start.plan, finished, jobs };
}

function tellEnd(
  services: Services,
  panels: Panels,
  subject: PanelSubject,
  state: ExperimentState,
  end: ExperimentEnd
): void {
  if (end.kind === 'crashed') {
    services.log.error(`An experiment on ${subject.title} was interrupted: ${end.message}.`);
    void askAfterCrash(services, panels, subject, state, end.message);
  }
  // In sight the panel itself says the rest.
  if (services.panels.ofSubject(subject).some(({ panel }) => panel.visible)) return;
  if (end.kind === 'failed') {
    void vscode.window.showErrorMessage(
      vscode.l10n.t('The experiment on {0} failed: {1}', subject.title, end.error.message)
    );
  }
  if (end.kind === 'done') void tellDone(panels, subject);
}

async function tellDone(panels: Panels, subject: PanelSubject): Promise<void> {
  const show = vscode.l10n.t('Show');
  const text = vscode.l10n.t('The experiment on {0} is done.', subject.title);
  if ((await vscode.window.showInformationMessage(text, show)) !== show) return;
  (await panels.openSubject(subject))?.showView('train', null);
}

async function askAfterCrash(
  services: Services,
  panels: Panels,
  subject: PanelSubject,
  { experiment, start, finished, jobs }: ExperimentState,
  reason: string
): Promise<void> {
  const text = vscode.l10n.t(
    'The training process of {0} ended: {1}. Of its experiment {2} of {3} trainings are kept.',
    subject.title,
    reason,
    finished,
    jobs
  );
  const resume = vscode.l10n.t('Resume');
  const showLog = vscode.l10n.t('Show Log');
  const chosen = await vscode.window.showErrorMessage(text, resume, showLog);
  if (chosen === showLog) services.log.show();
  if (chosen === resume) await resumeExperiment(panels, subject, { plan: start.plan, resume: experiment });
  else if (experiment !== null) await new UnfinishedExperiments(services.context.workspaceState).forget(experiment);
}

/** One message, however many experiments the last window left: those that were left together go on together. */
export async function offerUnfinishedExperiments(services: Services, panels: Panels): Promise<void> {
  const unfinished = new UnfinishedExperiments(services.context.workspaceState);
  const all = unfinished.all();
  const last = all.at(-1);
  if (last === undefined) return;
  const resume = vscode.l10n.t('Resume');
  const notNow = vscode.l10n.t('Not now');
  const text =
    all.length === 1
      ? vscode.l10n.t(
          'An experiment on {0} was interrupted after {1} of {2} trainings.',
          last.subject.title,
          last.finished,
          last.jobs
        )
      : vscode.l10n.t('{0} experiments were interrupted.', all.length);
  const chosen = await vscode.window.showInformationMessage(text, resume, notNow);
  // Asked once: the experiments themselves stay in the list of the tab Train.
  for (const { experiment } of all) await unfinished.forget(experiment);
  if (chosen !== resume) return;
  for (const { experiment, subject, plan } of all)
    await resumeExperiment(panels, subject, { plan, resume: experiment });
}

/** Shows the panel on its tab Train and goes on where the finished trainings end. */
async function resumeExperiment(panels: Panels, subject: PanelSubject, start: ExperimentStart): Promise<void> {
  const panel = await panels.openSubject(subject);
  if (panel === null || (await panel.whenOpen(none)) === null) return;
  panel.showView('train', null);
  panel.startExperiment(start);
}
