import { assert, assertEquals, assertMatch } from "@std/assert";
import { nalgateArgs, Workplace } from "../../support/nalgate.ts";
import { childrenOf, isRunning, TestProcess } from "../../support/process.ts";

/** A demo whose temporary files are in a place of the test's own. */
function startDemo(place: Workplace, ...args: string[]): TestProcess {
  return new TestProcess({
    args: nalgateArgs("demo", ...args),
    env: { TMPDIR: place.folder },
  });
}

/** Deno itself opens /dev/shm only with all permissions. */
async function sinksOf({ pid }: TestProcess): Promise<string[]> {
  const { stdout } = await new Deno.Command("ls", { args: ["/dev/shm"] })
    .output();
  return new TextDecoder().decode(stdout).split("\n")
    .filter((name) => name.startsWith(`nalgate-demo-${pid}::`));
}

async function eventually(
  what: string,
  holds: () => Promise<boolean>,
): Promise<void> {
  for (let tries = 0; !await holds(); tries++) {
    assert(tries < 300, what);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function noneRuns(pids: readonly number[]): Promise<boolean> {
  const running = await Promise.all(pids.map(isRunning));
  return !running.includes(true);
}

async function signIn(link: string): Promise<string> {
  const { origin, hash } = new URL(link);
  const answer = await fetch(`${origin}/api/login`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify({ code: hash.slice("#code=".length) }),
  });
  await answer.body?.cancel();
  assertEquals(answer.status, 204);
  return answer.headers.get("set-cookie")?.split(";")[0] ?? "";
}

interface Cameras {
  readonly cameras: readonly { name: string; state: string }[];
}

Deno.test("demo shows two live cameras and leaves nothing behind", async (t) => {
  await using place = await Workplace.create();
  await using demo = startDemo(place, "--port", "0");
  const [, link = ""] = await demo.output("stdout", /(http\S+login#code=\S+)/);
  const children = await childrenOf(demo.pid);

  await t.step("its link signs in, once", async () => {
    const cookie = await signIn(link);
    await eventually(`both cameras are live: ${demo.stderr}`, async () => {
      const url = new URL("/api/cameras", link);
      const answer = await fetch(url, { headers: { cookie } });
      const { cameras } = await answer.json() as Cameras;
      assertEquals(cameras.map(({ name }) => name), ["front", "bench"]);
      return cameras.every(({ state }) => state === "live");
    });
    const { origin, hash } = new URL(link);
    const again = await fetch(`${origin}/api/login`, {
      method: "POST",
      headers: { "content-type": "application/json", origin },
      body: JSON.stringify({ code: hash.slice("#code=".length) }),
    });
    await again.body?.cancel();
    assertEquals(again.status, 401);
  });

  await t.step("its sinks are real", async () => {
    assertEquals((await sinksOf(demo)).length, 2);
    assertEquals(children.length, 4);
  });

  await t.step("Ctrl-C ends it all", async () => {
    demo.kill("SIGINT");
    assertEquals((await demo.exit()).code, 0);
    assertEquals(await sinksOf(demo), []);
    assert(await noneRuns(children));
    assertEquals(await Array.fromAsync(Deno.readDir(place.folder)), []);
    assert(!demo.stderr.includes("process ended"), demo.stderr);
    assert(!demo.stderr.includes(new URL(link).hash.slice(6)), demo.stderr);
  });
});

Deno.test("demo's processes end and clean up when it is killed", async () => {
  await using place = await Workplace.create();
  await using demo = startDemo(place, "--port", "0");
  await demo.output("stdout", /login#code=/);
  const children = await childrenOf(demo.pid);
  await eventually("two sinks", async () => (await sinksOf(demo)).length === 2);
  demo.kill("SIGKILL");
  await eventually("no child", () => noneRuns(children));
  assertEquals(await sinksOf(demo), []);
});

Deno.test("demo takes the next port when its own is taken", async () => {
  using _taker = takeDefaultPort();
  await using place = await Workplace.create();
  await using demo = startDemo(place);
  const [, port] = await demo.output("stdout", /127\.0\.0\.1:(\d+)\/login/);
  assertMatch(port ?? "", /^80[89]\d$/);
  assert(port !== "8080");
});

/** Somebody has it: we, or whoever came before. */
function takeDefaultPort(): Disposable {
  try {
    return Deno.listen({ hostname: "127.0.0.1", port: 8080 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    return { [Symbol.dispose]() {} };
  }
}
