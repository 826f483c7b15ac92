/**
 * A supervised process, seen from inside: where its handover comes from, how
 * it says that it serves, and when it has to end.
 *
 * @module
 */

import { HANDOVER_SIZE_MAX } from "../limits.ts";

/** What a supervised process gets from its supervisor. */
export interface Supervised<Handover> {
  readonly handover: Handover;
  /**
   * Aborted when the supervisor asks to end (SIGTERM) or is gone (the end of
   * standard input). SIGINT is the supervisor's business: a terminal sends
   * it to all processes at once.
   */
  readonly ended: AbortSignal;
  /** Writes the ready line. */
  readonly ready: (answer: unknown) => void;
}

/** Reads the handover from standard input and watches for the end. */
export async function supervised<Handover>(): Promise<Supervised<Handover>> {
  const ended = new AbortController();
  Deno.addSignalListener("SIGINT", () => {});
  Deno.addSignalListener("SIGTERM", () => {
    if (ended.signal.aborted) Deno.exit(1);
    ended.abort();
  });
  const line = await readLine();
  readToEnd().then(() => ended.abort(), () => ended.abort());
  return {
    handover: JSON.parse(line),
    ended: ended.signal,
    ready: (answer) => writeLine(JSON.stringify(answer)),
  };
}

/** The supervisor writes one line and then nothing more. */
async function readLine(): Promise<string> {
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(16 * 1024);
  let text = "";
  while (!text.endsWith("\n")) {
    const size = await Deno.stdin.read(chunk);
    if (size === null) throw new TypeError("Cannot read a handover: no line");
    text += decoder.decode(chunk.subarray(0, size), { stream: true });
    if (text.length > HANDOVER_SIZE_MAX) {
      throw new TypeError("Cannot read a handover: the line is too long");
    }
  }
  return text;
}

async function readToEnd(): Promise<void> {
  const chunk = new Uint8Array(64);
  while (await Deno.stdin.read(chunk) !== null);
}

function writeLine(text: string): void {
  const bytes = new TextEncoder().encode(text + "\n");
  for (let done = 0; done < bytes.length;) {
    done += Deno.stdout.writeSync(bytes.subarray(done));
  }
}
