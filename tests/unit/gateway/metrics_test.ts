import { assert, assertEquals, assertMatch } from "@std/assert";
import { delay } from "@std/async/delay";
import { Metrics, metricsText } from "../../../src/gateway/metrics.ts";
import { Cameras } from "../../../src/gateway/cameras.ts";
import { USTREAMER_PLUGIN } from "../../../src/janus/message.ts";
import { view } from "../../support/gateway.ts";
import { RunningGateway } from "../../support/running_gateway.ts";
import { TestClient } from "../../support/tunnel.ts";

const LOCAL = { hostname: "127.0.0.1", port: 0 };

async function start() {
  const running = await RunningGateway.start({
    users: { ann: view("front") },
    config: { metricsListen: LOCAL },
  });
  const { port = 0 } = running.gateway.metricsAddress ?? {};
  const at = `http://127.0.0.1:${port}`;
  const scrape = async () => await (await fetch(`${at}/metrics`)).text();
  return { running, at, scrape };
}

/** Scrapes until a line is there: some of it happens later. */
async function hasLine(scrape: () => Promise<string>, line: string) {
  for (let tries = 0;; tries++) {
    const text = await scrape();
    if (text.split("\n").includes(line)) return;
    assert(tries < 200, `no ${line} in\n${text}`);
    await delay(20);
  }
}

Deno.test("/metrics counts what happens", async (t) => {
  const { running, scrape } = await start();
  await using _ = running;

  await t.step("before anybody has come", async () => {
    await hasLine(scrape, 'nalgate_upstream_up{upstream="janus"} 1');
    const text = await scrape();
    assertMatch(
      text,
      /^nalgate_build_info\{version="[\d.]+",deno="[\d.]+"\} 1$/m,
    );
    assertMatch(text, /^nalgate_process_resident_memory_bytes \d{7,}$/m);
    assertMatch(text, /^nalgate_event_loop_lag_seconds [\d.e-]+$/m);
    assertMatch(
      text,
      /^nalgate_camera_state\{device="",camera="front",state="unknown"\} 1$/m,
    );
    assertMatch(
      text,
      /^nalgate_camera_state\{device="",camera="front",state="live"\} 0$/m,
    );
  });

  await t.step("signing in, well and badly", async () => {
    await running.signIn("ann");
    for (const password of ["wrong", "worse"]) {
      await running.request("api/login", {
        method: "POST",
        headers: { origin: running.origin },
        json: { user: "ann", password },
      });
    }
    await hasLine(scrape, 'nalgate_login_total{result="ok"} 1');
    await hasLine(scrape, 'nalgate_login_total{result="login_refused"} 2');
  });

  await t.step("who is let in", async () => {
    const { headers } = await running.issueToken("ann", view("**"));
    await running.request("api/cameras");
    await running.request("api/cameras", { headers });
    await running.request("cameras/back/janus", { headers });
    await running.request("healthz");
    await hasLine(scrape, 'nalgate_auth_total{result="unauthenticated"} 1');
    await hasLine(scrape, 'nalgate_auth_total{result="forbidden"} 1');
    await hasLine(scrape, 'nalgate_auth_total{result="ok"} 1');
  });

  await t.step("a viewer, from the first picture to the close", async () => {
    const { headers } = await running.issueToken("ann", view("**"));
    const url = running.url.replace("http", "ws");
    const none = 'nalgate_viewers{device="",camera="front"} 0';
    await hasLine(scrape, none);
    {
      await using client = await TestClient.connect(
        `${url}cameras/front/janus`,
        { headers },
      );
      await client.open(USTREAMER_PLUGIN);
      await client.ask({ janus: "keepalive", "session_id": 4711 });
      const { session_id, handle_id } = running.janus.got("attach")
        .map(({ session_id }) => ({
          session_id,
          handle_id: [...running.janus.sessions.get(session_id)?.keys() ?? []]
            .at(-1),
        })).at(-1) ?? {};
      running.janus.push({ janus: "webrtcup", session_id, sender: handle_id });
      await hasLine(scrape, 'nalgate_viewers{device="",camera="front"} 1');
      await hasLine(
        scrape,
        'nalgate_janus_foreign_id_total{upstream="janus"} 1',
      );
      client.socket.close(1000);
      await client.closed;
    }
    await hasLine(scrape, none);
    await hasLine(scrape, 'nalgate_ws_close_total{code="1000"} 1');
  });

  await t.step(
    "in the format of Prometheus, without a name of anybody",
    async () => {
      const text = await scrape();
      const lines = text.trimEnd().split("\n");
      const label = '[a-z]+="(?:[^"\\\\]|\\\\.)*"';
      const sample = new RegExp(
        `^nalgate_[a-z_]+(\\{${label}(,${label})*\\})? [\\d.e+-]+$`,
      );
      for (const line of lines) {
        assert(/^# (HELP|TYPE) nalgate_/.test(line) || sample.test(line), line);
      }
      assert(!text.includes("ann") && !text.includes("127.0.0.1"), text);
    },
  );
});

Deno.test("/metrics is nowhere else, and nothing else is with it", async () => {
  const { running, at } = await start();
  await using _ = running;
  const status = async (url: string, method = "GET") => {
    const answer = await fetch(url, { method, redirect: "manual" });
    await answer.body?.cancel();
    return answer.status;
  };
  assertEquals(await status(`${at}/metrics`), 200);
  for (const path of ["/", "/healthz", "/metrics/", "/metrics?x", "/login"]) {
    assertEquals(await status(at + path), 404, path);
  }
  for (const method of ["POST", "HEAD", "DELETE", "OPTIONS"]) {
    assertEquals(await status(`${at}/metrics`, method), 404, method);
  }
  assertEquals(await status(`${running.url}metrics`), 401);
});

Deno.test("a gateway without metrics.listen has none", async () => {
  await using running = await RunningGateway.start();
  assertEquals(running.gateway.metricsAddress, undefined);
});

Deno.test("Metrics bounds what a client can make it count", () => {
  const metrics = new Metrics();
  for (let code = 1000; code < 5000; code++) metrics.closed(code);
  const text = metricsText({
    metrics,
    cameras: new Cameras([], { upstreams: new Map() }),
    upstreams: new Map(),
    loopLagS: () => 0,
  });
  const lines = text.match(/^nalgate_ws_close_total.*$/gm) ?? [];
  assert(lines.length < 25, lines.join("\n"));
  assertMatch(lines.join("\n"), /code="other"\} 39\d\d/);
});
