// The processes that a workbench's server has started.
import { execFileSync } from 'node:child_process';

/** @returns {{ pid: number, parent: number, command: string }[]} all descendants of the server */
export function descendants(serverPid) {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((row) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row))
    .filter((match) => match !== null)
    .map(([, pid, parent, command]) => ({ pid: Number(pid), parent: Number(parent), command }));
  const family = new Set([serverPid]);
  for (let before = 0; before !== family.size;) {
    before = family.size;
    for (const { pid, parent } of rows) if (family.has(parent)) family.add(pid);
  }
  return rows.filter(({ pid }) => family.has(pid));
}

/** Child processes of this workbench's own server that run our worker bundle. */
export function workerProcesses(serverPid) {
  return descendants(serverPid)
    .filter(({ command }) => /dist[\\/]worker\.js/.test(command))
    .map(({ pid }) => pid);
}
