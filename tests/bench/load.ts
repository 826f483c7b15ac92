/**
 * The gateway under thousands of idle viewers and a storm of logins, against
 * nginx as a WebSocket proxy in front of the same upstream.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { fromFileUrl } from "@std/path";
import type { Grant } from "../../src/config/grant.ts";
import { Passwords } from "../../src/gateway/auth/password.ts";
import { addUser, temporaryFolder } from "../support/gateway.ts";
import { TestProcess } from "../support/process.ts";
import { testHandover } from "../support/running_gateway.ts";
import { openViewers, type Target } from "./load_viewer.ts";
import { quantiles } from "./quantiles.ts";
import { print, table } from "./table.ts";
import { usageOf } from "./usage.ts";

const IDLE_VIEWERS = 5000;
const PASSWORD = "correct horse battery";
const EVERYTHING: readonly Grant[] = [{ right: "view", cameras: "**" }];

/** So many connections take turns: a client may send 200 messages at once. */
const ACTIVE_VIEWERS = 100;
const ROUND_TRIPS_EACH = 120;
/** Of those at the same time, where throughput is measured. */
const LANES = 50;

const STORM_S = 10;
const LOGINS_PER_SECOND = 20;

/** A way to the upstream, and the process that is measured. */
interface Way extends AsyncDisposable {
  readonly target: Target;
  readonly pids: readonly number[];
}

/** Measures and prints. */
export async function benchLoad(): Promise<void> {
  await using janus = await child("load_janus.ts");
  const [, janusUrl = ""] = await janus.output("stdout", /(ws:\S+)/);
  const direct = await roundTrips({ url: janusUrl, headers: {} });
  const nginx = await underNginx(janusUrl);
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
      ["gateway", row(gateway.perViewerKiB, gateway, added(gateway))],
      ["  ratio", [
        gateway.perViewerKiB / nginx.perViewerKiB,
        gateway.p50 / nginx.p50,
        gateway.p99 / nginx.p99,
        added(gateway) / added(nginx),
        gateway.perSecond / nginx.perSecond,
      ]],
    ],
  );
  print("\ngateway's event loop, how late");
  table(["", "p50 ms", "p99 ms", "max ms"], gateway.lags);
  print(
    `logins: ${gateway.storm.ok} of ${gateway.storm.sent} in ${STORM_S} s, ` +
      `others told to wait; ${gateway.storm.other} anything else`,
  );
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

async function underGateway(janusUrl: string) {
  await using gateway = await startGateway(janusUrl);
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
async function fill({ target, pids }: Way) {
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

async function startGateway(janusUrl: string) {
  await using undo = new AsyncDisposableStack();
  const { path: stateDir } = undo.use(await temporaryFolder());
  using passwords = new Passwords();
  const password = await passwords.hash(PASSWORD);
  await addUser(stateDir, { name: "ann", password, grants: EVERYTHING });
  const room = 2 * IDLE_VIEWERS;
  const limits = {
    viewers: room,
    viewersPerUser: room,
    viewersPerAddress: room,
  };
  const options = { config: { limits } };
  const process = undo.use(await child("load_gateway.ts"));
  const handover = testHandover({ stateDir, janusUrl, options });
  await process.write(JSON.stringify(handover) + "\n");
  const [, url = ""] = await process.output("stdout", /(http:\S+)/);
  const origin = url.slice(0, -1);
  const response = await fetch(`${url}api/login`, {
    method: "POST",
    headers: { origin, "content-type": "application/json" },
    body: JSON.stringify({ user: "ann", password: PASSWORD }),
  });
  await response.body?.cancel();
  const [cookie = ""] = (response.headers.get("set-cookie") ?? "").split(";");
  const kept = undo.move();
  return {
    target: {
      url: `${url.replace("http", "ws")}cameras/front/janus`,
      headers: { origin, cookie },
    },
    pids: [process.pid],
    async lag(): Promise<number[]> {
      const told = process.stdout.length;
      await process.write("lag\n");
      let line = "";
      while (!line.endsWith("\n")) {
        await delay(20);
        line = process.stdout.slice(told);
      }
      const { p50, p99, max } = JSON.parse(line);
      return [p50, p99, max];
    },
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

async function startNginx(janusUrl: string): Promise<Way> {
  await using undo = new AsyncDisposableStack();
  const { path } = undo.use(await temporaryFolder());
  const port = freePort();
  await Deno.writeTextFile(
    `${path}/nginx.conf`,
    nginxConfig(path, { port, janusUrl }),
  );
  const process = undo.use(
    new TestProcess({
      command: "nginx",
      args: ["-p", path, "-c", `${path}/nginx.conf`, "-e", `${path}/error.log`],
    }),
  );
  const url = `ws://127.0.0.1:${port}/`;
  while (!await answers(port)) await delay(50);
  const kept = undo.move();
  return {
    target: { url, headers: {} },
    pids: [process.pid],
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

function nginxConfig(
  folder: string,
  { port, janusUrl }: { port: number; janusUrl: string },
): string {
  return `daemon off;
master_process off;
pid ${folder}/pid;
worker_rlimit_nofile 20000;
events { worker_connections 16000; }
http {
  access_log off;
  client_body_temp_path ${folder};
  proxy_temp_path ${folder};
  fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder};
  scgi_temp_path ${folder};
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${janusUrl.replace("ws", "http")};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection upgrade;
      proxy_read_timeout 1h;
    }
  }
}
`;
}

async function answers(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A program of this folder. */
function child(name: string): TestProcess {
  const file = fromFileUrl(new URL(`./${name}`, import.meta.url));
  return new TestProcess({
    args: ["run", "-q", "--no-prompt", "-P=test", file],
  });
}
