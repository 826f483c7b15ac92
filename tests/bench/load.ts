/**
 * The gateway under thousands of idle viewers and a storm of logins, against
 * nginx as a WebSocket proxy in front of the same upstream.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { openViewers, type Target } from "./load_viewer.ts";
import {
  child,
  PASSWORD,
  startGateway,
  startNginx,
  type Way,
} from "./load_ways.ts";
import { quantiles } from "./quantiles.ts";
import { print, table } from "./table.ts";
import { usageOf } from "./usage.ts";

const IDLE_VIEWERS = 5000;

/** So many connections take turns: a client may send 200 messages at once. */
const ACTIVE_VIEWERS = 100;
const ROUND_TRIPS_EACH = 120;
/** Of those at the same time, where throughput is measured. */
const LANES = 50;

const STORM_S = 10;
const LOGINS_PER_SECOND = 20;

/** Measures and prints. */
export async function benchLoad(): Promise<void> {
  await using janus = await child("load_janus.ts");
  const [, janusUrl = ""] = await janus.output("stdout", /(ws:\S+)/);
  const direct = await roundTrips({ url: janusUrl, headers: {} });
  const nginx = await underNginx(janusUrl);
  const pipe = await underPipe(janusUrl);
  const gateway = await underGateway(janusUrl);
  const added = (figures: RoundTrips) => figures.p50 - direct.p50;
  print(
    `\n${IDLE_VIEWERS} idle viewers; round trips of ${ACTIVE_VIEWERS} others`,
  );
  table(
    ["", "KiB/viewer", "p50 ms", "p99 ms", "added p50", "messages/s"],
    [
      ["direct, none idle", row(NaN, direct, 0)],
      ["nginx", row(nginx.perViewerKiB, nginx, added(nginx))],
      ["bare pipe", row(pipe.perViewerKiB, pipe, added(pipe))],
      ["gateway", row(gateway.perViewerKiB, gateway, added(gateway))],
      ["  to nginx", ratio(gateway, nginx, added)],
      ["  to the pipe", ratio(gateway, pipe, added)],
    ],
  );
  print("\ngateway's event loop, how late");
  table(["", "p50 ms", "p99 ms", "max ms"], gateway.lags);
  print(
    `logins: ${gateway.storm.ok} of ${gateway.storm.sent} in ${STORM_S} s, ` +
      `others told to wait; ${gateway.storm.other} anything else`,
  );
}

type Figures = RoundTrips & { readonly perViewerKiB: number };

function ratio(
  one: Figures,
  other: Figures,
  added: (figures: RoundTrips) => number,
): number[] {
  return [
    one.perViewerKiB / other.perViewerKiB,
    one.p50 / other.p50,
    one.p99 / other.p99,
    added(one) / added(other),
    one.perSecond / other.perSecond,
  ];
}

interface RoundTrips {
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
}

function row(perViewerKiB: number, figures: RoundTrips, added: number) {
  const { p50, p99, perSecond } = figures;
  return [perViewerKiB, p50, p99, added, perSecond];
}

async function underNginx(janusUrl: string) {
  await using nginx = await startNginx(janusUrl);
  await using idle = await fill(nginx);
  return { ...idle, ...await roundTrips(nginx.target) };
}

async function underPipe(janusUrl: string) {
  await using process = child("load_pipe.ts", janusUrl);
  const [, url = ""] = await process.output("stdout", /(ws:\S+)/);
  const target = { url, headers: {} };
  await using idle = await fill({ target, pids: [process.pid] });
  return { ...idle, ...await roundTrips(target) };
}

async function underGateway(janusUrl: string) {
  await using gateway = await startGateway(janusUrl, {
    viewers: 2 * IDLE_VIEWERS,
  });
  await gateway.lag();
  await using idle = await fill(gateway);
  const opening = await gateway.lag();
  await delay(STORM_S * 1000);
  const resting = await gateway.lag();
  const figures = await roundTrips(gateway.target);
  await gateway.lag();
  const storm = await loginStorm(gateway.target);
  const lags: [string, number[]][] = [
    [`${IDLE_VIEWERS} viewers come`, opening],
    ["they idle", resting],
    [`${LOGINS_PER_SECOND} logins per second`, await gateway.lag()],
  ];
  return { ...idle, ...figures, lags, storm };
}

/** Opens the idle viewers; what one costs. */
async function fill({ target, pids }: Pick<Way, "target" | "pids">) {
  const memory = async () => {
    const usages = await Promise.all(pids.map(usageOf));
    return usages.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0);
  };
  const before = await memory();
  const viewers = await child("load_viewer.ts");
  const order = { ...target, viewers: IDLE_VIEWERS };
  await viewers.write(JSON.stringify(order) + "\n");
  await viewers.output("stdout", new RegExp(`^${IDLE_VIEWERS}$`, "m"));
  await delay(3000);
  const perViewerKiB = (await memory() - before) * 1024 / IDLE_VIEWERS;
  return {
    perViewerKiB,
    [Symbol.asyncDispose]: () => viewers[Symbol.asyncDispose](),
  };
}

/** One after the other for the latency, then many at once. */
async function roundTrips(target: Target): Promise<RoundTrips> {
  const viewers = await openViewers({ ...target, viewers: ACTIVE_VIEWERS });
  const times: number[] = [];
  const half = ROUND_TRIPS_EACH / 2;
  for (let round = 0; round < half; round++) {
    for (const viewer of viewers) times.push(await viewer.roundTrip());
  }
  // The first ones warm up.
  const figures = quantiles(times.slice(times.length / 4));
  const startMs = performance.now();
  await Promise.all(
    viewers.slice(0, LANES).map(async (viewer) => {
      for (let round = 0; round < half; round++) await viewer.roundTrip();
    }),
  );
  const perSecond = LANES * half * 1000 / (performance.now() - startMs);
  for (const viewer of viewers) viewer.close();
  return { ...figures, perSecond };
}

/** Right passwords, faster than argon2id allows. */
async function loginStorm({ url }: Target) {
  const { origin } = new URL(url.replace("ws", "http"));
  const statuses: Promise<number>[] = [];
  const login = async () => {
    const response = await fetch(`${origin}/api/login`, {
      method: "POST",
      headers: { origin, "content-type": "application/json" },
      body: JSON.stringify({ user: "ann", password: PASSWORD }),
    });
    await response.body?.cancel();
    return response.status;
  };
  for (let sent = 0; sent < STORM_S * LOGINS_PER_SECOND; sent++) {
    statuses.push(login());
    await delay(1000 / LOGINS_PER_SECOND);
  }
  const all = await Promise.all(statuses);
  const ok = all.filter((status) => status === 204).length;
  const busy = all.filter((status) => status === 503 || status === 429).length;
  return { sent: all.length, ok, other: all.length - ok - busy };
}
