import { assert, assertEquals, assertMatch } from "@std/assert";
import { main } from "../../src/main.ts";
import { testContext } from "../support/context.ts";
import { temporaryFolder } from "../support/gateway.ts";
import { residentSize } from "../support/process.ts";
import { BODIES } from "./hostile/bodies.ts";
import { CANDIDATES } from "./hostile/candidates.ts";
import { CONFIGS } from "./hostile/configs.ts";
import { COOKIES } from "./hostile/cookies.ts";
import { OTHERS, SHARES, TICKETS, WHEPS } from "./hostile/doors.ts";
import { FRAMES } from "./hostile/frames.ts";
import { HEADERS } from "./hostile/headers.ts";
import { MESSAGES } from "./hostile/messages.ts";
import { ORIGINS } from "./hostile/origins.ts";
import { PATHS } from "./hostile/paths.ts";
import type { Expected } from "./hostile/rows.ts";
import { Scene } from "./hostile/scene.ts";
import { SDPS } from "./hostile/sdps.ts";
import { TOKENS } from "./hostile/tokens.ts";

/** At once: fewer than one user's viewers. */
const LANES = 8;
const ROUNDS = 3;

/** A row of any table, ready to be run. */
interface Case {
  readonly name: string;
  readonly expected: Expected;
  readonly run: () => Promise<string>;
}

function cases<R extends readonly [string, unknown, Expected]>(
  kind: string,
  rows: readonly R[],
  run: (row: R) => Promise<string>,
): Case[] {
  return rows.map((row) => ({
    name: `${kind}: ${row[0]}`,
    expected: row[2],
    run: () => run(row),
  }));
}

function allCases(scene: Scene): readonly Case[] {
  const { http, message, frames } = {
    http: scene.http.bind(scene),
    message: scene.message.bind(scene),
    frames: scene.frames.bind(scene),
  };
  return [
    ...cases("token", TOKENS, http),
    ...cases("cookie", COOKIES, http),
    ...cases("header", HEADERS, http),
    ...cases("origin", ORIGINS, http),
    ...cases("path", PATHS, http),
    ...cases("body", BODIES, http),
    ...cases("ticket", TICKETS, http),
    ...cases("share", SHARES, http),
    ...cases("WHEP", WHEPS, http),
    ...cases("other", OTHERS, http),
    ...cases("message", MESSAGES, message),
    ...cases("SDP", SDPS, message),
    ...cases("candidate", CANDIDATES, message),
    ...cases("frame", FRAMES, frames),
  ];
}

/** Runs all, some at once; gives what did not turn out as expected. */
async function runAll(all: readonly Case[]): Promise<string[]> {
  const wrong: string[] = [];
  const queue = all.values();
  const lane = async () => {
    for (const { name, expected, run } of queue) {
      const actual = await run().catch(String);
      if (actual !== expected) {
        wrong.push(`${name}: ${actual}, not ${expected}`);
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return wrong;
}

Deno.test("nalgate serve answers strangers as it should, and stays", async (t) => {
  await using scene = await Scene.start();
  const all = allCases(scene);
  await t.step(`${all.length} bad inputs`, async () => {
    assertEquals(await runAll(all), []);
  });
  const before = await residentSize(scene.gateway);
  await t.step("the same again, and again", async () => {
    for (let round = 1; round < ROUNDS; round++) {
      assertEquals(await runAll(all), []);
    }
  });
  await t.step("nothing of it was forwarded", () => {
    assertEquals(scene.leaked(), []);
  });
  await t.step("no secret was told", async () => {
    assert(scene.seen.length > ROUNDS * all.length / 2);
    assertEquals(await scene.told(), []);
  });
  await t.step(
    "the gateway is the same process, without complaints",
    async () => {
      assertEquals(await scene.pid(), scene.gateway);
      assertEquals(scene.complaints(), []);
    },
  );
  await t.step("its memory is flat", async () => {
    const after = await residentSize(scene.gateway);
    // No leak, but garbage: the runtime takes what is free before it collects.
    assert(after < 1.5 * before + 20e6, `${before} bytes became ${after}`);
  });
  await t.step("it serves whoever may watch", async () => {
    assert(await scene.serves());
  });
});

Deno.test("nalgate config check names what is wrong, and where", async (t) => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/nalgate.yaml`;
  for (const [name, yaml, problem] of CONFIGS) {
    await t.step(name, async () => {
      await Deno.writeTextFile(file, yaml);
      const context = testContext();
      const code = await main(["config", "check", "--config", file], context);
      assertEquals(code, 78, context.out());
      assertMatch(context.err(), problem);
      assert(context.err().startsWith(file), context.err());
      assert(!/hunter2|user:pass/.test(context.err()), context.err());
    });
  }
});
