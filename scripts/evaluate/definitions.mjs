// CNN definitions of a JavaScript or TypeScript file, found in its syntax tree by the rule in README.md ("What counts").
import ts from 'typescript';

const CONVOLUTION = /^(conv[123]d|conv2dTranspose|separableConv2d|depthwiseConv2d)$/;

/** `[{ kind, name, cell, line, end, callee }]`, lines zero-based, `end` inclusive; `callee`: its characters in the text. */
export function scriptDefinitions(path, text) {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, kindOf(path));
  const helpers = new Map();
  const calls = [];
  visit(file, (node) => {
    const { name } = node;
    if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) {
      if (name !== undefined) helpers.set(name.getText(), node);
    } else if (ts.isVariableDeclaration(node) && node.initializer !== undefined && isFunction(node.initializer)) {
      helpers.set(name.getText(), node.initializer);
    }
    if (ts.isCallExpression(node) && /^(sequential|model)$/.test(calledName(node))) calls.push(node);
  });
  return calls
    .filter((call) => isLayersCall(call) && convolves(scopeOf(call), helpers, new Set()))
    .map((call) => ({
      kind: calledName(call),
      name: targetOf(call),
      cell: null,
      line: file.getLineAndCharacterOfPosition(call.getStart()).line,
      end: file.getLineAndCharacterOfPosition(call.getEnd()).line,
      callee: [call.expression.getStart(), call.expression.getEnd()]
    }));
}

/** Whether a convolution is called in the scope, directly or by a function of the file that it calls. */
function convolves(scope, helpers, seen) {
  if (seen.has(scope)) return false;
  seen.add(scope);
  let found = false;
  const look = (node) => {
    if (found) return;
    if (ts.isCallExpression(node)) {
      const name = calledName(node);
      const helper = helpers.get(name);
      if (CONVOLUTION.test(name) || (helper !== undefined && convolves(helper, helpers, seen))) found = true;
    }
    // At the module's level functions count only where they are called.
    if (ts.isSourceFile(scope) && node !== scope && isFunction(node)) return;
    ts.forEachChild(node, look);
  };
  look(scope);
  return found;
}

function isLayersCall(call) {
  const callee = call.expression;
  if (ts.isIdentifier(callee)) return callee.text === 'sequential' || call.arguments.length === 1;
  return ts.isPropertyAccessExpression(callee) && /^(tf\w*|tensorflow)$/i.test(callee.expression.getText());
}

function calledName(call) {
  const callee = call.expression;
  return ts.isIdentifier(callee) ? callee.text : ts.isPropertyAccessExpression(callee) ? callee.name.text : '';
}

function scopeOf(node) {
  while (!ts.isSourceFile(node) && !isFunction(node)) node = node.parent;
  // A constructor or method that starts a model may leave the layers to the other methods of its class.
  return ts.isClassLike(node.parent ?? node) ? node.parent : node;
}

function isFunction(node) {
  return ts.isFunctionLike(node) && node.body !== undefined;
}

function targetOf({ parent }) {
  if (ts.isVariableDeclaration(parent)) return parent.name.getText();
  return ts.isBinaryExpression(parent) ? parent.left.getText() : '';
}

function visit(node, each) {
  each(node);
  ts.forEachChild(node, (child) => visit(child, each));
}

function kindOf(path) {
  if (/\.tsx$/.test(path)) return ts.ScriptKind.TSX;
  return /\.ts$/.test(path) ? ts.ScriptKind.TS : ts.ScriptKind.JSX;
}
