/**
 * A supervisor's life: until a signal, or until something cannot be run.
 *
 * @module
 */

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
  const kill = Promise.withResolvers<undefined>();
  let signals = 0;
  const onSignal = () => (++signals === 1 ? stop : kill).resolve(undefined);
  for (const name of STOP_SIGNALS) Deno.addSignalListener(name, onSignal);
  const supervisor = new Supervisor(plan);
  try {
    const code = await Promise.race([stop.promise, supervisor.ended]);
    const stopped = supervisor.stop();
    await Promise.race([stopped, kill.promise]);
    return code ?? (signals > 1 ? 1 : 0);
  } finally {
    supervisor.kill();
    for (const name of STOP_SIGNALS) Deno.removeSignalListener(name, onSignal);
  }
}
