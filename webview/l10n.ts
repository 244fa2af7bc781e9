/** Texts in the person's language; what the webview shows goes through `t`. */
export { t, useTexts } from '../src/core/texts';
