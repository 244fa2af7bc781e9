/** Which files can be an input, and how names that cross a border are made safe. */

export const inputExtensions: readonly string[] = ['png', 'jpg', 'jpeg', 'webp', 'gif', 'bmp', 'npy'];

/** One entry of a dropped `text/uri-list`: a file that can be an input, as an address; `null` for anything else. */
export function droppedPath(entry: string): string | null {
  const text = entry.trim();
  if (!/^(file|vscode-remote):\/\//i.test(text)) return null;
  const extension = /\.([a-z0-9]+)$/i.exec(text)?.[1]?.toLowerCase();
  return extension !== undefined && inputExtensions.includes(extension) ? text : null;
}

/** A file name without folders and without characters that some system refuses. */
export function safeFileName(name: string, extension: string): string {
  const plain = name
    .replace(/[^\p{L}\p{N} ._-]+/gu, '-')
    .replace(/^[. -]+|[. -]+$/g, '')
    .slice(0, 100);
  return `${plain === '' ? 'convlens' : plain}.${extension}`;
}
