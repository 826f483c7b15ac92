/**
 * Passwords from a person or a pipe: never from arguments, which every user
 * of the machine can read, and never echoed.
 *
 * @module
 */

import { PASSWORD_SIZE_MAX } from "../limits.ts";

/** Enter, or the end of the input. */
const ENDS = new Set(["\r", "\n", "\u0004"]);
/** Backspace as terminals send it. */
const ERASES = new Set(["\u007f", "\b"]);
const INTERRUPT = "\u0003";

/**
 * Reads a password: asked for on a terminal, else the first line of standard
 * input. Returns nothing when the person gave up.
 */
export async function readPassword(
  prompt: string,
  stderr: (text: string) => void,
): Promise<string | undefined> {
  if (!Deno.stdin.isTerminal()) return await readLine();
  stderr(prompt);
  Deno.stdin.setRaw(true);
  try {
    return await readHidden();
  } finally {
    Deno.stdin.setRaw(false);
    stderr("\n");
  }
}

async function readHidden(): Promise<string | undefined> {
  const characters: string[] = [];
  for await (const text of stdinText()) {
    for (const character of text) {
      if (character === INTERRUPT) return undefined;
      if (ENDS.has(character)) return characters.join("");
      if (ERASES.has(character)) characters.pop();
      else characters.push(character);
    }
    if (characters.length > PASSWORD_SIZE_MAX) break;
  }
  return characters.join("");
}

async function readLine(): Promise<string> {
  let line = "";
  for await (const text of stdinText()) {
    line += text;
    if (line.includes("\n") || line.length > PASSWORD_SIZE_MAX) break;
  }
  return line.split(/\r?\n/)[0] ?? "";
}

async function* stdinText(): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(1024);
  for (;;) {
    const size = await Deno.stdin.read(chunk);
    if (size === null) return;
    yield decoder.decode(chunk.subarray(0, size), { stream: true });
  }
}
