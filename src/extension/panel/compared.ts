/** The model that stands beside the panel's own in the comparison: chosen by the person, opened, and let go. */
import type * as vscode from 'vscode';
import type { HostRequests } from '../../protocol/panel';
import type { HandlerContext } from '../../protocol/rpc';
import { pickModel } from '../commands/pickers';
import type { Services } from '../services';
import { FileSubject } from './fileSubject';
import { SourceSubject } from './sourceSubject';

export class Compared implements vscode.Disposable {
  private release: () => void = () => undefined;

  constructor(private readonly services: Services) {}

  /** @throws {RequestFailure} where the chosen model cannot be opened; the one before stays then */
  async choose({ signal, progress }: HandlerContext): Promise<HostRequests['openCompared']['result']> {
    const found = await pickModel(this.services.analyses);
    if (found === null) return null;
    const access =
      found.kind === 'file'
        ? new FileSubject(this.services, found.uri)
        : new SourceSubject(this.services, found.uri, found.key);
    try {
      const opened = await access.open({ signal, onProgress: progress });
      const letGo = this.services.worker.useModel(opened.model);
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

  dispose(): void {
    this.release();
    this.release = () => undefined;
  }
}
