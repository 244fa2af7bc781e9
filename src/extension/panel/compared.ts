/** The model that stands beside the panel's own in the comparison: chosen by the person, opened, remembered, let go. */
import type * as vscode from 'vscode';
import type { HostRequests } from '../../protocol/panel';
import type { HandlerContext } from '../../protocol/rpc';
import { pickModel } from '../commands/pickers';
import type { Services } from '../services';
import { accessTo } from './accessTo';
import { FileSubject } from './fileSubject';
import { SourceSubject } from './sourceSubject';
import type { StateStore } from './stateStore';
import type { WorkerClient } from '../workerClient';
import type { SubjectAccess } from './subject';

type Opened = HostRequests['openCompared']['result'];

export class Compared implements vscode.Disposable {
  private release: () => void = () => undefined;

  /** @param key of the panel, under which the choice is remembered @param worker the panel's process: both models are in it */
  constructor(
    private readonly services: Services,
    private readonly states: StateStore,
    private readonly key: string,
    private readonly worker: WorkerClient
  ) {}

  /** @throws {RequestFailure} where the chosen model cannot be opened; the one before stays then */
  async choose(context: HandlerContext): Promise<Opened> {
    const found = await pickModel(this.services.analyses);
    if (found === null) return null;
    const access =
      found.kind === 'file'
        ? new FileSubject(this.services, found.uri)
        : new SourceSubject(this.services, found.uri, found.key);
    const opened = await this.open(access, context);
    await this.states.noteCompared(this.key, access.subject);
    return opened;
  }

  /** After a reload of the window, or when the panel's own model was opened anew. @throws {RequestFailure} */
  again(context: HandlerContext): Promise<Opened> {
    const subject = this.states.compared(this.key);
    return subject === null ? Promise.resolve(null) : this.open(accessTo(this.services, subject), context);
  }

  async forget(): Promise<null> {
    this.dispose();
    await this.states.noteCompared(this.key, null);
    return null;
  }

  dispose(): void {
    this.release();
    this.release = () => undefined;
  }

  private async open(access: SubjectAccess, { signal, progress }: HandlerContext): Promise<NonNullable<Opened>> {
    try {
      const opened = await access.open({ signal, onProgress: progress }, this.worker);
      const letGo = this.worker.useModel(opened.model);
      this.dispose();
      this.release = () => {
        letGo();
        access.dispose();
      };
      return { opened, title: access.subject.title };
    } catch (error) {
      access.dispose();
      throw error;
    }
  }
}
