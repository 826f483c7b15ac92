/**
 * A supervisor's life: until a signal, or until something cannot be run.
 *
 * @module
 */

import { SIGNAL_ECHO_MS } from "../limits.ts";
import type { Plan } from "./supervisor.ts";
import { Supervisor } from "./supervisor.ts";

/** Asks to stop: SIGHUP is a terminal that was closed. */
const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs a plan and returns the exit code. The first signal lets everybody take
 * leave, the second ends all at once.
 */
export async function supervise(plan: Plan): Promise<number> {
  const stop = Promise.withResolvers<undefined>();
  const kill = Promise.withResolvers<"killed">();
  let firstMs: number | undefined;
  const onSignal = () => {
    const nowMs = performance.now();
    stop.resolve(undefined);
    firstMs ??= nowMs;
    // `deno task` hands on what its terminal has sent to both of us.
    if (nowMs - firstMs >= SIGNAL_ECHO_MS) kill.resolve("killed");
  };
  for (const name of STOP_SIGNALS) Deno.addSignalListener(name, onSignal);
  const supervisor = new Supervisor(plan);
  try {
    const code = await Promise.race([stop.promise, supervisor.ended]);
    const stopped = supervisor.stop();
    const outcome = await Promise.race([stopped, kill.promise]);
    return code ?? (outcome === "killed" ? 1 : 0);
  } finally {
    supervisor.kill();
    for (const name of STOP_SIGNALS) Deno.removeSignalListener(name, onSignal);
  }
}
