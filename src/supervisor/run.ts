/**
 * A supervisor's life: until a signal, or until something cannot be run.
 *
 * @module
 */

import type { ReloadResult } from "../config/handover.ts";
import { SIGNAL_ECHO_MS } from "../limits.ts";
import { watchFile } from "./file_watch.ts";
import type { JanusSetup } from "./januses.ts";
import { Reloader } from "./reloader.ts";
import type { Plan } from "./supervisor.ts";
import { Supervisor } from "./supervisor.ts";

/** Ask to stop. */
const STOP_SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Where a configuration comes from that may change. */
export interface Reload {
  /** Parses everything as at the start; rejects with a `ConfigError`. */
  readonly load: () => Promise<JanusSetup>;
  /** The file to watch, if there is one. */
  readonly file: string | undefined;
}

/**
 * Runs a plan and returns the exit code. The first signal lets everybody take
 * leave, the second ends all at once. SIGHUP reloads, where that can be done.
 */
export async function supervise(plan: Plan, reload?: Reload): Promise<number> {
  const stop = Promise.withResolvers<undefined>();
  const kill = Promise.withResolvers<"killed">();
  let firstMs: number | undefined;
  const onStop = () => {
    const nowMs = performance.now();
    stop.resolve(undefined);
    firstMs ??= nowMs;
    // `deno task` hands on what its terminal has sent to both of us.
    if (nowMs - firstMs >= SIGNAL_ECHO_MS) kill.resolve("killed");
  };
  using listeners = new DisposableStack();
  const listen = (name: Deno.Signal, listener: () => void) => {
    Deno.addSignalListener(name, listener);
    listeners.defer(() => Deno.removeSignalListener(name, listener));
  };
  for (const name of STOP_SIGNALS) listen(name, onStop);
  const supervisor = new Supervisor(plan);
  const requestReload = reload && reloading(supervisor, { plan, reload });
  const isTerminalClosed = terminalWatch();
  listen("SIGHUP", () => {
    if (requestReload === undefined || isTerminalClosed()) onStop();
    else requestReload("SIGHUP");
  });
  const { file } = reload ?? {};
  if (file !== undefined) {
    listeners.use(watchFile(file, () => requestReload?.("file")));
  }
  try {
    const code = await Promise.race([stop.promise, supervisor.ended]);
    const stopped = supervisor.stop();
    const outcome = await Promise.race([stopped, kill.promise]);
    return code ?? (outcome === "killed" ? 1 : 0);
  } finally {
    supervisor.kill();
  }
}

function reloading(
  supervisor: Supervisor,
  { plan: { config, log }, reload: { load } }: { plan: Plan; reload: Reload },
): Reloader["request"] {
  const apply = (setup: JanusSetup) => supervisor.reload(setup);
  const onResult = (result: ReloadResult) => supervisor.tellReloaded(result);
  const reloader = new Reloader({ load, apply, onResult, config, log });
  return (cause) => reloader.request(cause);
}

/**
 * Tells whether we were started in a terminal that is gone: SIGHUP says that
 * too, and then it means the end.
 */
function terminalWatch(): () => boolean {
  const wasTerminal = Deno.stderr.isTerminal();
  return () => wasTerminal && !Deno.stderr.isTerminal();
}
