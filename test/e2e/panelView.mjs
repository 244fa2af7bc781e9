// What a person sees in the panel, by role and name: the one place that knows how the panel is marked up.

/** @param {import('playwright-core').FrameLocator} frame the document of the panel */
export function panelView(frame) {
  return {
    /** The row of a layer, or the folded row that begins with or contains it. */
    layer: (name) =>
      frame
        .getByRole('treeitem')
        .filter({ has: frame.locator('.row-name', { hasText: new RegExp(`(?<!\\w)${name}(?!\\w)`) }) })
        .first(),
    filter: (text) => frame.locator('#layer-filter input').first().fill(text),
    /** The share of the most likely class: it stands there once a run has finished. */
    answer: () => frame.getByText(/^predicted \d$/).first(),
    /** A grid of drawn tiles: the kernels or the maps of a layer. */
    sheet: (name) => frame.getByRole('listbox', { name }).first(),
    tab: (name) => frame.getByRole('tab', { name }).first(),
    alert: () => frame.getByRole('alert').first(),
    button: (name) => frame.getByRole('button', { name }).first(),
    text: (pattern) => frame.getByText(pattern).first()
  };
}

/** Whether a canvas shows more than one colour: a blank one is what a broken drawing leaves. */
export async function isDrawn(canvas) {
  return canvas.evaluate((element) => {
    const source = 'getContext' in element ? element : element.querySelector('canvas');
    const context = source?.getContext('2d');
    if (!source || !context || source.width === 0) return false;
    const { data } = context.getImageData(0, 0, source.width, source.height);
    const pixels = new Uint32Array(data.buffer);
    return pixels.some((pixel) => pixel !== pixels[0]);
  });
}

/** Repeats a question until it is answered with yes. */
export async function until(question, what, timeoutMs = 20_000) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    if (await question().catch(() => false)) return;
    if (Date.now() > end) throw new Error(`waited ${timeoutMs / 1000} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}
