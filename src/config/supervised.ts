/**
 * A supervised process, seen from inside: where its handover and its orders
 * come from, how it says that it serves, and when it has to end.
 *
 * @module
 */

import { HANDOVER_SIZE_MAX } from "../limits.ts";

/** What a supervised process gets from its supervisor. */
export interface Supervised<Handover, Order = never> {
  readonly handover: Handover;
  /**
   * Aborted when the supervisor asks to end (SIGTERM) or is gone (the end of
   * standard input). SIGINT is the supervisor's business: a terminal sends
   * it to all processes at once.
   */
  readonly ended: AbortSignal;
  /** Writes the ready line. */
  readonly ready: (answer: unknown) => void;
  /** Hands over each order, those first that came before this call. */
  readonly onOrder: (take: (order: Order) => void) => void;
}

/** Reads the handover from standard input and watches for orders and the end. */
export async function supervised<Handover, Order = never>(): Promise<
  Supervised<Handover, Order>
> {
  const ended = new AbortController();
  Deno.addSignalListener("SIGINT", () => {});
  Deno.addSignalListener("SIGTERM", () => {
    if (ended.signal.aborted) Deno.exit(1);
    ended.abort();
  });
  const lines = readLines();
  const first = await lines.next();
  if (first.done) throw new TypeError("Cannot read a handover: no line");
  const early: Order[] = [];
  let take = (order: Order): void => void early.push(order);
  readOrders(lines, (order: Order) => take(order))
    .then(() => ended.abort(), () => ended.abort());
  return {
    handover: JSON.parse(first.value),
    ended: ended.signal,
    ready: (answer) => writeLine(JSON.stringify(answer)),
    onOrder: (later) => {
      for (const order of early.splice(0)) later(order);
      take = later;
    },
  };
}

async function readOrders<Order>(
  lines: AsyncIterable<string>,
  take: (order: Order) => void,
): Promise<void> {
  for await (const line of lines) {
    const order: Order = JSON.parse(line);
    // A mistake in obeying is no end of the input: it must be seen.
    queueMicrotask(() => take(order));
  }
}

/** The lines of standard input until its end. */
async function* readLines(): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(16 * 1024);
  let text = "";
  for (;;) {
    const size = await Deno.stdin.read(chunk);
    if (size === null) return;
    text += decoder.decode(chunk.subarray(0, size), { stream: true });
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    yield* lines;
    if (text.length > HANDOVER_SIZE_MAX) {
      throw new TypeError("Cannot read a handover: the line is too long");
    }
  }
}

function writeLine(text: string): void {
  const bytes = new TextEncoder().encode(text + "\n");
  for (let done = 0; done < bytes.length;) {
    done += Deno.stdout.writeSync(bytes.subarray(done));
  }
}
