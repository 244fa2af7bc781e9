// How every walk opens the digits sample.

/** Just after its start VS Code may know our commands but not yet our editor, and says that the file is binary: then once more. */
export async function openDigits(workbench) {
  const refused = workbench.page.getByText('not displayed in the text editor');
  const row = workbench.view().layer('conv2d');
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await workbench.open('digits_cnn.keras');
    await Promise.race([
      row.waitFor({ timeout: 40_000 }).catch(() => undefined),
      refused.waitFor({ timeout: 40_000 }).catch(() => undefined)
    ]);
    if (!(await refused.isVisible())) break;
    await workbench.closeAllEditors();
    await workbench.page.waitForTimeout(1000);
  }
  await row.waitFor({ timeout: 40_000 });
}
