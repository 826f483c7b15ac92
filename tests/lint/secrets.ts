/**
 * Keeps secrets from being compared by `===`, which tells by its time how
 * much of two texts is equal: `sameSecret` is for that.
 *
 * @module
 */

/** Words in names of what only its owner may know, or its hash. */
const SECRET =
  /token|secret|password|passphrase|hash|phc|digest|signature|hmac/i;

/** Names that have such a word and are no secret. */
const HARMLESS = /(?:length|count|size|id|ids|kind|type|max|min|at|file)$/i;

/** Whether an identifier sounds as if a secret stood in it. */
export function soundsSecret(name: string): boolean {
  return SECRET.test(name) && !HARMLESS.test(name);
}

/** The name of what an expression reads or calls, if it has one. */
function nameOf(node: Deno.lint.Node): string | undefined {
  switch (node.type) {
    case "Identifier":
    case "PrivateIdentifier":
      return node.name;
    case "MemberExpression":
      return nameOf(node.property);
    case "CallExpression":
      return nameOf(node.callee);
    case "ChainExpression":
    case "TSNonNullExpression":
      return nameOf(node.expression);
    default:
      return undefined;
  }
}

/** Compared with these, nothing is told but whether there is a secret. */
function isConstant(node: Deno.lint.Node): boolean {
  return node.type === "Literal" ||
    (node.type === "Identifier" && node.name === "undefined");
}

/** The `deno lint` plugin. */
const plugin: Deno.lint.Plugin = {
  name: "nalgate-secrets",
  rules: {
    "constant-time": {
      create(context) {
        const file = context.filename.replaceAll("\\", "/");
        if (!file.includes("/src/gateway/auth/")) return {};
        return {
          BinaryExpression(node) {
            const { left, right, operator } = node;
            if (!/^[!=]==?$/.test(operator)) return;
            if (isConstant(left) || isConstant(right)) return;
            const name = [nameOf(left), nameOf(right)]
              .find((name) => name !== undefined && soundsSecret(name));
            if (name === undefined) return;
            const message = `compare ${name} with sameSecret()`;
            context.report({ node, message });
          },
        };
      },
    },
  },
};

export default plugin;
