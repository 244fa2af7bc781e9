/** Access to a subject that was noted, by its kind. */
import * as vscode from 'vscode';
import type { PanelSubject } from '../../protocol/panel';
import type { Services } from '../services';
import { FileSubject, uriOfFileSubject } from './fileSubject';
import { SourceSubject } from './sourceSubject';
import type { SubjectAccess } from './subject';

export function accessTo(services: Services, subject: PanelSubject): SubjectAccess {
  return subject.kind === 'file'
    ? new FileSubject(services, uriOfFileSubject(subject.path))
    : new SourceSubject(services, vscode.Uri.parse(subject.uri), subject.modelName);
}
