/**
 * The first line of a stream that then runs on.
 *
 * @module
 */

import { READY_LINE_SIZE_MAX } from "../limits.ts";

/**
 * The first line. What follows is read and dropped, so that the writer never
 * blocks.
 */
export async function firstLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<string> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) throw new TypeError("Cannot read a line: the stream has ended");
    text += value;
    if (text.length > READY_LINE_SIZE_MAX) {
      throw new TypeError("Cannot read a line: it is too long");
    }
  }
  drop(reader).catch(() => {});
  return text.slice(0, text.indexOf("\n"));
}

async function drop(
  reader: ReadableStreamDefaultReader<string>,
): Promise<void> {
  while (!(await reader.read()).done);
}
