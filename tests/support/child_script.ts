/**
 * A small real child for the supervisor's tests. Its handover says how it
 * behaves.
 *
 * @module
 */

import { supervised } from "../../src/config/supervised.ts";

/** How the child behaves. */
export interface ChildScript {
  /** Exits with this code instead of getting ready. */
  readonly refuse?: number;
  /** Gets ready with this answer. */
  readonly answer?: string;
  /** Ends by itself after that many milliseconds. */
  readonly crashAfterMs?: number;
  /** Does not listen to SIGTERM. */
  readonly deaf?: boolean;
  /** Prints no line at all, or garbage. */
  readonly silent?: "no line" | "garbage";
  /** Writes each order to this file, one a line. */
  readonly ordersTo?: string;
}

if (import.meta.main) {
  const { handover, ended, ready, onOrder } = await supervised<
    ChildScript,
    unknown
  >();
  const { answer = "", crashAfterMs, deaf, refuse, silent } = handover;
  onOrder((order) => {
    const { ordersTo } = handover;
    if (ordersTo !== undefined) {
      const line = JSON.stringify(order) + "\n";
      Deno.writeTextFileSync(ordersTo, line, { append: true });
    }
  });
  if (refuse !== undefined) Deno.exit(refuse);
  if (silent === "garbage") Deno.stdout.writeSync(new Uint8Array([123, 10]));
  if (silent === undefined) ready({ answer, pid: Deno.pid });
  if (crashAfterMs !== undefined) {
    setTimeout(() => Deno.exit(3), crashAfterMs);
  }
  ended.addEventListener("abort", () => deaf || Deno.exit(0));
  setInterval(() => {}, 1000);
}
