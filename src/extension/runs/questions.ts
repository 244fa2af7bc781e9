/** What a person is asked about runs: after a crash, after a reload, after closing a panel. */
import * as vscode from 'vscode';
import type { PanelSubject } from '../../protocol/panel';
import type { Panels } from '../panel/panels';
import type { Services } from '../services';
import type { RunStatus } from '../../protocol/training';
import type { RunEnd, RunPlan, RunState } from './session';
import type { UnfinishedRun } from './unfinished';
import { UnfinishedRuns } from './unfinished';

const none = new vscode.CancellationTokenSource().token;

/** Keeps note of runs that go, tells of crashes and failures, and asks what to do with a run whose panel was closed. */
export function watchTraining(services: Services, panels: Panels): vscode.Disposable {
  const { training, log } = services;
  const unfinished = new UnfinishedRuns(services.context.workspaceState);
  return vscode.Disposable.from(
    training.onDidChange(({ subject, session, state, before, end }) => {
      const status = end === null ? statusOf(state) : statusAfter(end);
      if (state.run !== null && (end !== null || before?.run !== state.run || before.paused !== state.paused))
        for (const panel of services.panels.ofSubject(subject))
          panel.emit('trainingChanged', { run: state.run, status });
      if (end === null) {
        if (isWorthNoting(state, before)) void unfinished.note(noteOf(subject, state));
        return;
      }
      // The window is closing: the note stays for the next one.
      if (end.kind === 'left') return;
      if (state.run !== null && end.kind !== 'crashed') void unfinished.forget(state.run);
      if (end.kind === 'crashed') {
        log.error(`Training of ${subject.title} was interrupted: ${end.message}.`);
        void askAfterCrash(services, panels, subject, state, end.message);
      }
      // In sight the panel itself says why; else nobody would.
      if (end.kind === 'failed' && !isShown(services, subject))
        void vscode.window.showErrorMessage(
          vscode.l10n.t('Training of {0} failed: {1}', subject.title, end.error.message)
        );
      if (end.kind === 'done' && session.state === null && !isShown(services, subject)) void tellDone(panels, subject);
    }),
    training.onDidLeave((subject) => void askAfterClosing(services, subject))
  );
}

/** One message, however many runs the last window left. */
export async function offerUnfinished(services: Services, panels: Panels): Promise<void> {
  const unfinished = new UnfinishedRuns(services.context.workspaceState);
  const runs = unfinished.all();
  const last = runs.at(-1);
  if (last === undefined) return;
  const resume = vscode.l10n.t('Resume');
  const notNow = vscode.l10n.t('Not now');
  const text =
    last.epoch === 0
      ? last.kept
        ? vscode.l10n.t('Training of {0} was interrupted.', last.subject.title)
        : vscode.l10n.t('Training of {0} was interrupted in its first epoch.', last.subject.title)
      : vscode.l10n.t(
          'Training of {0} was interrupted after epoch {1} of {2}.',
          last.subject.title,
          last.epoch,
          last.epochs
        );
  const others =
    runs.length === 1
      ? ''
      : ` ${vscode.l10n.t('{0} other runs are kept as well: see the tab Train.', runs.length - 1)}`;
  const chosen = await vscode.window.showInformationMessage(text + others, resume, notNow);
  // Asked once: the runs themselves stay in the list of the tab Train.
  for (const { run } of runs) await unfinished.forget(run);
  if (chosen === resume) await resumeRun(panels, last.subject, planOf(last));
}

/** Shows the panel on its tab Train and goes on with the run, or begins it again where no epoch was finished. */
export async function resumeRun(panels: Panels, subject: PanelSubject, plan: RunPlan): Promise<void> {
  const panel = await panels.openSubject(subject);
  if (panel === null || (await panel.whenOpen(none)) === null) return;
  panel.showView('train', null);
  panel.startTraining(plan);
}

async function askAfterCrash(
  services: Services,
  panels: Panels,
  subject: PanelSubject,
  state: RunState,
  reason: string
): Promise<void> {
  const epoch = state.reports.at(-1)?.epoch ?? 0;
  const text =
    epoch === 0
      ? vscode.l10n.t('The training process of {0} ended: {1}. No epoch was finished.', subject.title, reason)
      : vscode.l10n.t(
          'The training process of {0} ended: {1}. Everything up to epoch {2} is kept.',
          subject.title,
          reason,
          epoch
        );
  const resume = vscode.l10n.t('Resume');
  const showLog = vscode.l10n.t('Show Log');
  const chosen = await vscode.window.showErrorMessage(text, resume, showLog);
  if (chosen === showLog) services.log.show();
  if (chosen === resume) await resumeRun(panels, subject, planAfter(state));
  else if (state.run !== null) await new UnfinishedRuns(services.context.workspaceState).forget(state.run);
}

async function askAfterClosing(services: Services, subject: PanelSubject): Promise<void> {
  const stop = vscode.l10n.t('Stop Training');
  const keep = vscode.l10n.t('Keep Training');
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('The panel of {0} was closed while it trains.', subject.title),
    keep,
    stop
  );
  if (chosen !== stop) return;
  const session = services.training.find(subject);
  session?.stop();
  session?.experiments.stopAll();
}

async function tellDone(panels: Panels, subject: PanelSubject): Promise<void> {
  const show = vscode.l10n.t('Show');
  const text = vscode.l10n.t('Training of {0} is done.', subject.title);
  if ((await vscode.window.showInformationMessage(text, show)) !== show) return;
  (await panels.openSubject(subject))?.showView('train', null);
}

function isShown(services: Services, subject: PanelSubject): boolean {
  return services.panels.ofSubject(subject).some(({ panel }) => panel.visible);
}

const statusOf = ({ paused }: RunState): RunStatus => (paused ? 'paused' : 'running');

function statusAfter(end: RunEnd): RunStatus {
  return end.kind === 'done' ? end.summary.status : end.kind === 'failed' ? 'failed' : 'stopped';
}

function isWorthNoting(state: RunState, before: RunState | null): boolean {
  return state.run !== null && (before?.run !== state.run || before.reports.length !== state.reports.length);
}

function noteOf(subject: PanelSubject, state: RunState): UnfinishedRun {
  const { data, form } = state.plan;
  const epoch = state.reports.at(-1)?.epoch ?? 0;
  const kept = epoch > 0 || state.plan.resume !== null;
  return { run: state.run ?? '', subject, data, form, epoch, kept, epochs: state.epochs };
}

const planOf = ({ run, data, form, kept }: UnfinishedRun): RunPlan => ({ data, form, resume: kept ? run : null });

/** Where no epoch was finished nothing is kept to go on with. */
function planAfter({ plan, run, reports }: RunState): RunPlan {
  return { ...plan, resume: reports.length === 0 ? plan.resume : run };
}
