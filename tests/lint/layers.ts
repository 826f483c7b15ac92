/**
 * Keeps the imports of `src/` in one direction.
 *
 * A module imports from its own folder, from the folders below it, or from a
 * folder of a lower rank; never from a sibling of the same rank.
 *
 * @module
 */

const RANKS: readonly (readonly string[])[] = [
  ["limits.ts", "log.ts", "std.d.ts"],
  ["errors.ts"],
  ["config", "janus", "web"],
  ["engine", "gateway", "probe", "supervisor"],
  ["cli"],
  ["main.ts"],
];

/** Inside a folder: what lies lower than the folder's other files. */
const INNER: Readonly<Record<string, readonly (readonly string[])[]>> = {
  gateway: [["auth", "pages", "tunnel"], ["devices", "whep"]],
  engine: [["channel", "h264", "memsink"], ["media", "signalling"]],
};

/** Whether a file of `src/` may import another; both paths start at `src/`. */
export function mayImport(from: string, to: string): boolean {
  const [a = "", ...fromRest] = from.split("/");
  const [b = "", ...toRest] = to.split("/");
  if (a !== b) return rank(RANKS, b) < rank(RANKS, a);
  const inner = INNER[a];
  if (inner === undefined) return true;
  const [c = "", d = ""] = [fromRest[0], toRest[0]];
  return c === d || rank(inner, d) < rank(inner, c) ||
    (rank(inner, c) === inner.length);
}

function rank(ranks: readonly (readonly string[])[], name: string): number {
  const found = ranks.findIndex((names) => names.includes(name));
  return found === -1 ? ranks.length : found;
}

/** The `deno lint` plugin. */
const plugin: Deno.lint.Plugin = {
  name: "nalgate",
  rules: {
    layers: {
      create(context) {
        const from = context.filename.replaceAll("\\", "/").split("/src/");
        const file = from.length > 1 ? from[from.length - 1] : undefined;
        const check = (node: Deno.lint.Node, source: string | undefined) => {
          if (file === undefined || !source?.startsWith(".")) return;
          const url = new URL(source, `file:///src/${file}`).pathname;
          const to = url.replace(/^\/src\//, "");
          if (url.startsWith("/src/") && !mayImport(file, to)) {
            context.report({ node, message: `${file} may not import ${to}` });
          }
        };
        return {
          ImportDeclaration: (node) => check(node, node.source.value),
          ExportNamedDeclaration: (node) => check(node, node.source?.value),
          ExportAllDeclaration: (node) => check(node, node.source.value),
          ImportExpression: ({ source }) => {
            if (source.type !== "Literal") return;
            check(source, String(source.value));
          },
        };
      },
    },
  },
};

export default plugin;
