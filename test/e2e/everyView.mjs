// Every view of the open panel, 640 px wide, against the checks that the plain page passes too: what another language or VS
// Code's own colours can change. The rest of axe's rules hold there as they hold in the plain page, of the same markup.
import { clipped, violations } from '../webview/pageChecks.mjs';

/**
 * @param {string[]} tabs the names of the views' tabs, in the display language
 * @param {{ contrast: boolean }} checks whether the colours are looked at too
 */
export async function everyViewPasses(workbench, tabs, { contrast }) {
  const before = workbench.page.viewportSize();
  await workbench.fitPanel(640);
  try {
    const frame = await workbench.panelFrame();
    const wrong = [];
    for (const name of tabs) {
      await workbench
        .view()
        .tab(new RegExp(`^${name}$`))
        .click();
      await workbench.page.waitForTimeout(700); // pictures of the view come in as they are computed
      for (const cut of await clipped(frame)) wrong.push(`${name}: cut off: ${cut}`);
      if (!contrast) continue;
      for (const violation of await violations(frame, true)) wrong.push(`${name}: ${violation}`);
    }
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
  } finally {
    await workbench.page.setViewportSize(before);
  }
}
