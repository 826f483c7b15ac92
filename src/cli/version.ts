import type { Command } from "./command.ts";
import deno from "../../deno.json" with { type: "json" };

/** `nalgate version`: what to write into a bug report. */
export const versionCommand: Command = {
  summary: "print the versions of nalgate and of what it runs on",
  help: `Usage: nalgate version

Prints the versions of nalgate, Deno and V8.

Example:
  nalgate version
`,
  run: (_args, { stdout }) => {
    const { deno: runtime, v8 } = Deno.version;
    stdout(`nalgate ${deno.version} (deno ${runtime}, v8 ${v8})\n`);
    return Promise.resolve(0);
  },
};
