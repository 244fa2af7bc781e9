// What every view of the panel must pass, in the plain page and in the real VS Code: nothing cut off, no violation of axe.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Up to five elements whose contents or right edge are cut off. @param frame a page or a frame of playwright */
export async function clipped(frame) {
  return frame.evaluate(() =>
    [...document.querySelectorAll('#app *')]
      .filter((element) => {
        const style = getComputedStyle(element);
        const scrolls =
          /auto|scroll/.test(style.overflowX) || element.closest('svg, .hidden-text, .sheet, .numbers-scroll, .thumb');
        if (scrolls || element.classList.contains('ellipsis') || element.clientWidth === 0) return false;
        if (element.scrollWidth > element.clientWidth + 1 && style.overflowX !== 'visible') return true;
        const box = element.getBoundingClientRect();
        return box.right > innerWidth + 1;
      })
      .map((element) => `${element.tagName}.${element.className}`)
      .slice(0, 5)
  );
}

/**
 * What axe finds in the document of a page or a frame, a line for each rule.
 * @param coloursOnly whether to look at contrast alone: all that a theme can change
 */
export async function violations(frame, coloursOnly = false) {
  if (!(await frame.evaluate(() => 'axe' in globalThis))) await frame.evaluate(axeSource);
  return frame.evaluate(
    async (rules) =>
      (await globalThis.axe.run(document, { resultTypes: ['violations'], ...rules })).violations.map(
        (v) =>
          `${v.id}: ${v.nodes
            .slice(0, 3)
            .map((n) => `${n.target} ${n.any[0]?.message ?? n.failureSummary}`)
            .join(' | ')}`
      ),
    coloursOnly ? { runOnly: ['color-contrast'] } : {}
  );
}

/** Words of the view that are not in the picture, controls left out; and whether it is well formed. */
export const lostWords = (page, svg) =>
  page.evaluate((text) => {
    // The page's policy refuses style attributes in whatever it parses.
    const document_ = new DOMParser().parseFromString(text.replace(/ style="[^"]*"/g, ''), 'image/svg+xml');
    if (document_.querySelector('parsererror') !== null) return ['not well formed'];
    const plain = (one) => one.replace(/\s+/g, '');
    const words = plain([...document_.querySelectorAll('text')].map((one) => one.textContent).join(''));
    const controls = 'input, select, textarea, [role="tablist"], .tools, .hidden-text, .switch, .explanation';
    const view = document.getElementById('view');
    return [...view.querySelectorAll('h2, h3, p, td, th, li, figcaption')]
      .filter((one) => one.children.length === 0 && one.closest(controls) === null && one.offsetParent !== null)
      .map((one) => plain(one.textContent))
      .filter((one) => one !== '' && !words.includes(one));
  }, svg);
