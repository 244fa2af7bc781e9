// A custom editor that shows one line: what any webview costs before it shows anything of its own.
const vscode = require('vscode');

exports.activate = (context) => {
  context.subscriptions.push(
    vscode.window.registerCustomEditorProvider('emptyWebview', {
      openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
      resolveCustomEditor: (_document, panel) => {
        panel.webview.html = '<!doctype html><html><body><p id="nothing">nothing</p></body></html>';
      }
    })
  );
};
