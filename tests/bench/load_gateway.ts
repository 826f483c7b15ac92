/**
 * A process with a whole gateway, which says how late its event loop is: each
 * line after the handover is answered with what was seen since the last one.
 *
 * @module
 */

import type { GatewayHandover } from "../../src/config/handover.ts";
import { Gateway } from "../../src/gateway/main.ts";
import { stderrLogger } from "../../src/log.ts";
import { eachLine } from "../../src/supervisor/lines.ts";
import { quantiles } from "./quantiles.ts";
import { print } from "./table.ts";

const SAMPLE_MS = 10;

let lags: number[] = [];
let dueMs = performance.now() + SAMPLE_MS;

function sample(): void {
  const nowMs = performance.now();
  lags.push(Math.max(0, nowMs - dueMs));
  dueMs = nowMs + SAMPLE_MS;
}

async function start(handover: GatewayHandover): Promise<void> {
  const log = stderrLogger("gateway", { level: "error" });
  const gateway = await Gateway.start(handover, { log });
  setInterval(sample, SAMPLE_MS);
  print(gateway.ready.url);
}

let isStarted = false;
await eachLine(Deno.stdin.readable, (line) => {
  if (isStarted) {
    print(JSON.stringify({ ...quantiles(lags), max: Math.max(...lags) }));
    lags = [];
    return;
  }
  isStarted = true;
  start(JSON.parse(line));
});
Deno.exit(0);
