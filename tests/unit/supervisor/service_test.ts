import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { Logger } from "../../../src/log.ts";
import type { Program } from "../../../src/supervisor/child.ts";
import { Service } from "../../../src/supervisor/service.ts";
import type { ChildScript } from "../../support/child_script.ts";
import { temporaryFolder } from "../../support/gateway.ts";
import { isRunning } from "../../support/process.ts";

const SCRIPT = fromFileUrl(
  new URL("../../support/child_script.ts", import.meta.url),
);

function program(handover: ChildScript): Program {
  const { ordersTo } = handover;
  return {
    name: "child",
    command: Deno.execPath(),
    args: [
      "run",
      "-q",
      "--no-prompt",
      ...ordersTo === undefined ? [] : [`--allow-write=${ordersTo}`],
      SCRIPT,
    ],
    env: { HOME: Deno.env.get("HOME") ?? "/" },
    handover,
  };
}

interface Ready {
  readonly answer: string;
  readonly pid: number;
}

/** A service of one script after the other, and what becomes of it. */
function start(scripts: readonly ChildScript[], stopTimeoutMs = 5000) {
  const lines: string[] = [];
  const readies: Ready[] = [];
  const refusals: number[] = [];
  let waiting = Promise.withResolvers<void>();
  let starts = 0;
  const service = new Service({
    program: () => {
      const script = scripts[Math.min(starts++, scripts.length - 1)];
      return program(script ?? {});
    },
    onReady: (answer) => {
      readies.push(answer as Ready);
      waiting.resolve();
    },
    onRefused: (code) => refusals.push(code),
    stopTimeoutMs,
    log: new Logger("test", {
      level: "debug",
      format: "text",
      write: (line) => lines.push(line),
    }),
  });
  return {
    service,
    lines,
    readies,
    refusals,
    get starts() {
      return starts;
    },
    nextReady: async () => {
      await waiting.promise;
      waiting = Promise.withResolvers();
      return readies.at(-1)!;
    },
  };
}

Deno.test("Service starts a crashed process again, with its new handover", async () => {
  const running = start([{ answer: "a", crashAfterMs: 1 }, { answer: "b" }]);
  assertEquals((await running.nextReady()).answer, "a");
  const { answer, pid } = await running.nextReady();
  assertEquals(answer, "b");
  assert(running.lines.some((line) => line.includes("exitCode=3")));
  await running.service.stop();
  assertEquals(await running.service.ended, 0);
  assert(!await isRunning(pid));
});

Deno.test("Service starts a killed process again", async () => {
  const running = start([{}]);
  const first = await running.nextReady();
  Deno.kill(first.pid, "SIGKILL");
  const second = await running.nextReady();
  assert(first.pid !== second.pid);
  assert(running.lines.some((line) => line.includes("signal=SIGKILL")));
  await running.service.stop();
});

Deno.test("Service.stop() kills a process that does not listen", async () => {
  const running = start([{ deaf: true }], 200);
  const { pid } = await running.nextReady();
  await running.service.stop();
  assert(!await isRunning(pid));
});

Deno.test("Service.stop() waits for a process that has just been started", async () => {
  const running = start([{}]);
  await new Promise((resolve) => setTimeout(resolve, 0));
  await running.service.stop();
  assertEquals(await running.service.ended, 0);
  assertEquals(running.starts, 1);
});

Deno.test("Service.kill() ends a process without its leave", async () => {
  const running = start([{ deaf: true }]);
  const { pid } = await running.nextReady();
  running.service.kill();
  assertEquals(await running.service.ended, 0);
  assert(!await isRunning(pid));
});

Deno.test("Service.restart() is no crash", async () => {
  const running = start([{ answer: "a" }, { answer: "b" }]);
  await running.nextReady();
  await running.service.restart();
  assertEquals((await running.nextReady()).answer, "b");
  assert(!running.lines.some((line) => line.includes("process ended")));
  await running.service.stop();
});

Deno.test("Service gives up on what can never be run", async () => {
  const running = start([{ refuse: 78 }]);
  assertEquals(await running.service.ended, 78);
  assertEquals(running.refusals, Array(5).fill(78));
  assertEquals(running.readies, []);
});

Deno.test("Service tries again what cannot be started just now", async () => {
  let starts = 0;
  const lines: string[] = [];
  const service = new Service({
    program: () => {
      if (starts++ === 0) throw new Error("disk full");
      return starts === 2
        ? { ...program({}), command: "/nonexistent" }
        : program({});
    },
    onReady: () => service.kill(),
    stopTimeoutMs: 5000,
    log: new Logger("test", {
      level: "error",
      format: "text",
      write: (line) => lines.push(line),
    }),
  });
  assertEquals(await service.ended, 0);
  assertEquals(lines.length, 2);
  assert(lines[0]?.includes("disk full"), lines[0]);
});

Deno.test("Service asks each line of a program of others", async () => {
  const lines: string[] = [];
  const service = new Service({
    program: () => ({
      name: "other",
      command: "/bin/sh",
      args: ["-c", "echo starting; echo careful >&2; echo serving; sleep 60"],
      env: {},
      onLine: (line) => {
        lines.push(line);
        return line === "serving";
      },
    }),
    onReady: () => service.kill(),
    stopTimeoutMs: 5000,
    log: new Logger("test", {
      level: "error",
      format: "text",
      write: () => {},
    }),
  });
  assertEquals(await service.ended, 0);
  assertEquals(lines.sort(), ["careful", "serving", "starting"]);
});

Deno.test("Service ends a process that talks nonsense and tries again", async () => {
  const running = start([{ silent: "garbage" }, { answer: "b" }]);
  assertEquals((await running.nextReady()).answer, "b");
  assertEquals(running.refusals.length, 1);
  await running.service.stop();
});

Deno.test("Service.send() reaches a process however early, in order", async () => {
  await using folder = await temporaryFolder();
  const ordersTo = `${folder.path}/orders`;
  let calls = 0;
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  const service = new Service({
    program: async () => {
      await Promise.resolve();
      // Said while the program is being made: it may not hold it.
      if (calls++ === 0) service.send({ number: 1 });
      return program({ ordersTo });
    },
    onReady: () => {
      service.send({ number: 2 });
      resolve();
    },
    stopTimeoutMs: 5000,
    log: quiet(),
  });
  await ready;
  service.send({ number: 3, text: "ü\n".repeat(40_000) });
  let text = "";
  for (let tries = 0; text.split("\n").length < 4; tries++) {
    assert(tries < 500, text);
    await new Promise((resolve) => setTimeout(resolve, 20));
    text = await Deno.readTextFile(ordersTo).catch(() => "");
  }
  const numbers = text.trim().split("\n").map((line) =>
    JSON.parse(line).number
  );
  assertEquals(numbers, [1, 2, 3]);
  await service.stop();
});

Deno.test("Service.restart() during a start takes the newest program", async () => {
  const answers: unknown[] = [];
  let calls = 0;
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  const service = new Service({
    program: async () => {
      const answer = `${++calls}`;
      await Promise.resolve();
      if (answer === "1") service.restart();
      return program({ answer });
    },
    onReady: (answer) => {
      answers.push((answer as Ready).answer);
      resolve();
    },
    stopTimeoutMs: 5000,
    log: quiet(),
  });
  await ready;
  assertEquals([calls, answers], [2, ["2"]]);
  await service.stop();
});

Deno.test("Service.leaveAlone() starts nothing when the process ends", async () => {
  const running = start([{}]);
  const { pid } = await running.nextReady();
  running.service.leaveAlone();
  Deno.kill(pid, "SIGKILL");
  assertEquals(await running.service.ended, 0);
  assertEquals(running.starts, 1);
});

function quiet(): Logger {
  return new Logger("test", {
    level: "error",
    format: "text",
    write: () => {},
  });
}
