import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { createSocket } from "node:dgram";
import {
  HALF_OPEN_VIEWERS_MAX,
  HANDSHAKE_TIMEOUT_MS,
} from "../../../src/limits.ts";
import { makeClip, TestCamera } from "../../support/camera.ts";
import { spawnEngine, TestEngine } from "../../support/engine.ts";
import { ADDRESS_IN_USE } from "../../../src/supervisor/backoff.ts";
import { sinkName } from "../../support/sink.ts";
import { until, Viewers } from "../../support/viewer.ts";

/** What a process holds at the moment. */
interface Holdings {
  readonly files: number;
  readonly threads: number;
  readonly memoryMiB: number;
}

/** Deno itself opens /proc only with all permissions. */
async function holdings(pid: number): Promise<Holdings> {
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", `ls /proc/${pid}/fd | wc -l; cat /proc/${pid}/status`],
  }).output();
  const text = new TextDecoder().decode(stdout);
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1]);
  return {
    files: number(/^(\d+)/),
    threads: number(/^Threads:\s+(\d+)/m),
    memoryMiB: number(/^VmRSS:\s+(\d+) kB/m) / 1024,
  };
}

Deno.test("viewers who come and go leave nothing behind", async () => {
  await using camera = new TestCamera(sinkName(), await makeClip());
  await using engine = await TestEngine.start({
    cameras: { front: camera.sink },
  });
  const visit = async () => {
    await using viewers = await Viewers.at(engine);
    const all = await Promise.all(
      Array.from({ length: 10 }, () => viewers.watch()),
    );
    await Promise.all(all.map((viewer) => viewer.received(1)));
    // Some take leave, some change their mind, some just go.
    const [first, second, third, fourth] = all;
    await first!.handle.detach();
    second!.session.destroy();
    await third!.watch();
    await fourth!.ask({ request: "watch" });
  };
  const visits = async (count: number) => {
    for (let index = 0; index < count; index++) await visit();
    // The native library closes in threads of its own.
    await delay(1000);
    return await holdings(engine.process.pid);
  };
  const before = await visits(3);
  const after = await visits(10);
  assertEquals(after.files, before.files);
  assert(after.threads <= before.threads + 2, `${after.threads} threads`);
  // A hundred viewers with 512 packets each would be 60 MiB.
  const growth = after.memoryMiB - before.memoryMiB;
  assert(growth < 30, `${growth} MiB more`);
  // What was collected meanwhile is not closed once more.
  assertEquals(await engine.stop(), 0);
});

Deno.test("the engine ends in good order, each time", async (t) => {
  const clip = await makeClip();
  await using camera = new TestCamera(sinkName(), clip);
  const cameras = { front: camera.sink };
  for (let count = 0; count < 20; count++) {
    const way = count % 2 === 0 ? "SIGTERM" : "end of input";
    await t.step(`${way} ${count}`, async () => {
      await using engine = await TestEngine.start({ cameras });
      await using viewers = await Viewers.at(engine);
      // Once at rest, once with a viewer, once in the middle of a handshake.
      if (count % 3 === 1) await (await viewers.watch()).received(1);
      if (count % 3 === 2) {
        await (await viewers.attach()).ask({ request: "watch" });
      }
      const begin = performance.now();
      if (way === "SIGTERM") engine.process.kill("SIGTERM");
      else await engine.process.closeInput();
      const { code, signal } = await engine.process.exit();
      assertEquals([code, signal], [0, null]);
      // The supervisor kills after three seconds.
      const tookMs = performance.now() - begin;
      assert(tookMs < 3_000, `${tookMs} ms`);
    });
  }
});

Deno.test("a port that is taken: one sentence, the agreed exit code", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const { process } = spawnEngine({ cameras: {}, port: taken.addr.port });
    await using engine = process;
    const { code } = await engine.exit();
    assertEquals(code, ADDRESS_IN_USE);
    assert(engine.stderr.includes(`127.0.0.1:${taken.addr.port} is in use`));
    assertEquals(engine.stdout, "");
  } finally {
    taken.close();
  }
});

Deno.test("a UDP port that is taken: the engine does not start", async () => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await new Promise((resolve) => socket.once("listening", resolve));
  const { port: udpPort } = socket.address();
  const { process } = spawnEngine({ cameras: {}, engine: { udpPort } });
  await using engine = process;
  const { code, signal } = await engine.exit();
  assertEquals([code, signal], [1, null]);
  assert(engine.stderr.includes(`UDP port ${udpPort} is taken`));
  assert(!engine.stdout.includes("url"));
  await new Promise<void>((resolve) => socket.close(resolve));
});

Deno.test("a viewer who dies costs the others nothing", async () => {
  await using camera = new TestCamera(sinkName(), await makeClip());
  await using engine = await TestEngine.start({
    cameras: { front: camera.sink },
  });
  await using viewers = await Viewers.at(engine);
  await using doomed = await Viewers.at(engine);
  const one = await viewers.watch();
  const dead = await doomed.watch();
  await dead.received(10);
  await doomed.kill();
  const count = one.packets.length;
  await until(
    () => one.packets.length > count + 200,
    () => "the others stand still, too",
  );
  one.accessUnits();
  // libjuice gives up after half a minute without an answer.
  await until(
    () => dead.events.some(({ janus }) => janus === "hangup"),
    () => "nobody has noticed",
    60_000,
  );
  assertEquals((await dead.event("hangup")).reason, "ICE failed");
});

Deno.test("viewers who never answer", async (t) => {
  await using camera = new TestCamera(sinkName(), await makeClip());
  await using engine = await TestEngine.start({
    cameras: { front: camera.sink },
  });
  await using viewers = await Viewers.at(engine);
  const patient = await viewers.watch();
  await patient.received(10);
  const before = await holdings(engine.process.pid);
  const idle = await Promise.all(
    Array.from({ length: HALF_OPEN_VIEWERS_MAX }, async () => {
      const viewer = await viewers.attach();
      const event = await viewer.ask({ request: "watch" });
      assertEquals(event.jsep?.type, "offer");
      return viewer;
    }),
  );

  await t.step("are so many at most", async () => {
    const viewer = await viewers.attach();
    const event = await viewer.ask({ request: "watch" });
    assertEquals(event.plugindata?.data, {
      ustreamer: "event",
      "error_code": 503,
      error: "Too many viewers",
    });
  });

  await t.step("are let go", async () => {
    await until(
      () => idle.every(({ events }) => events.at(-1)?.janus === "hangup"),
      () => "they are still there",
      HANDSHAKE_TIMEOUT_MS * 2,
    );
    assertEquals(idle[0]!.events.at(-1)!.reason, "ICE failed");
    // The native library closes in threads of its own.
    await delay(1000);
    const after = await holdings(engine.process.pid);
    assert(after.files <= before.files, `${after.files} files`);
  });

  await t.step("have cost the others nothing", async () => {
    const { length } = patient.packets;
    await patient.received(length + 20);
    patient.accessUnits();
    await (await viewers.watch()).received(1);
  });
});
