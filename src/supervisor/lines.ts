/**
 * The lines of a child's output.
 *
 * @module
 */

import { LOG_LINE_LENGTH_MAX, READY_LINE_SIZE_MAX } from "../limits.ts";

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

/** Each line of a stream until its end; what is too long is cut in two. */
export async function eachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
    if (rest.length > LOG_LINE_LENGTH_MAX) {
      take(rest);
      rest = "";
    }
  }
  if (rest !== "") take(rest);
}

async function drop(
  reader: ReadableStreamDefaultReader<string>,
): Promise<void> {
  while (!(await reader.read()).done);
}
