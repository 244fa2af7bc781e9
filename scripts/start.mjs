#!/usr/bin/env node
// `npm start`: opens ConvLens on a copy of the samples in a real VS Code. Needs Node 20 and npm, nothing else.
import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { build, copySamples, installDependencies, root, scratch } from './lib/setup.mjs';

const workspace = path.join(scratch, 'workspace');

const firstSteps = `
  Click first: digits_cnn.keras (in the list on the left). It opens as a film strip of layers with a digit already on its way.
  Then:        digits_cnn.py, and "Inspect" above the model.
`;

function desktopVsCode() {
  if (process.env.CONVLENS_VSCODE === 'server') return null;
  const hasDisplay = process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
  if (!hasDisplay) return null;
  const command = process.platform === 'win32' ? 'code.cmd' : 'code';
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore', shell: process.platform === 'win32' });
    return command;
  } catch {
    return null;
  }
}

function openDesktop(command) {
  console.log(`Opening desktop VS Code on ${workspace}\n${firstSteps}`);
  const child = spawn(
    command,
    [
      '--wait',
      '--new-window',
      `--extensionDevelopmentPath=${root}`,
      `--user-data-dir=${path.join(scratch, 'desktop')}`,
      workspace
    ],
    { stdio: 'inherit', shell: process.platform === 'win32' }
  );
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill());
  child.on('exit', (code) => process.exit(code ?? 0));
}

async function openServer() {
  const { provision } = await import('../tools/vscode-host/provision.mjs');
  provision();
  const { startServer, workbenchUrl } = await import('../tools/vscode-host/server.mjs');
  const port = process.env.CONVLENS_PORT ? Number(process.env.CONVLENS_PORT) : undefined;
  const server = await startServer({ folder: path.join(scratch, 'start'), port, link: root });
  console.log(`
ConvLens runs in VS Code. Open this address in a browser:

  ${workbenchUrl({ port: server.port, folder: workspace })}
${firstSteps}
  Ctrl+C ends it.
`);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => void server.stop().then(() => process.exit(0)));
  }
  server.child.on('exit', (code) => process.exit(code ?? 1));
}

installDependencies();
build();
copySamples(workspace);
const desktop = desktopVsCode();
if (desktop) openDesktop(desktop);
else await openServer();
