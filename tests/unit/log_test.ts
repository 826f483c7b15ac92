import { assert, assertEquals } from "@std/assert";
import { Logger, type LogOptions, redact } from "../../src/log.ts";

function lines(
  options: Partial<LogOptions>,
  write: (log: Logger) => void,
): string[] {
  const written: string[] = [];
  write(
    new Logger("m", {
      level: "info",
      format: "text",
      now: () => new Date("2026-01-02T03:04:05.678Z"),
      write: (line) => written.push(line),
      ...options,
    }),
  );
  return written;
}

Deno.test("Logger writes one line per event in each format", () => {
  const write = (log: Logger) => log.warn("gone", { camera: "front", n: 1 });
  assertEquals(lines({}, write), [
    "03:04:05.678 warn  m: gone camera=front n=1",
  ]);
  const json =
    '{"time":"2026-01-02T03:04:05.678Z","level":"warn","module":"m","event":"gone","camera":"front","n":1}';
  assertEquals(lines({ format: "json" }, write), [json]);
  assertEquals(lines({ format: "journal" }, write), [`<4>${json}`]);
});

Deno.test("Logger quotes what would break a line or a field", () => {
  const fields = { a: "x y", b: 'q"', c: "n\nl", d: "", e: undefined };
  assertEquals(lines({}, (log) => log.info("e", fields)), [
    '03:04:05.678 info  m: e a="x y" b="q\\"" c="n\\nl" d=""',
  ]);
});

Deno.test("Logger drops what is below its level", () => {
  const all = (log: Logger) => {
    log.debug("1");
    log.info("2");
    log.warn("3");
    log.error("4");
  };
  const levels = { debug: 4, info: 3, warn: 2, error: 1 } as const;
  for (const [level, count] of Object.entries(levels)) {
    const written = lines({ level: level as keyof typeof levels }, all);
    assertEquals(written.length, count, level);
  }
});

Deno.test("Logger.module() keeps level and sink under another name", () => {
  const written = lines(
    { level: "warn" },
    (log) => {
      log.module("other").info("quiet");
      log.module("other").warn("loud");
    },
  );
  assertEquals(written, ["03:04:05.678 warn  other: loud"]);
});

Deno.test("redact() hides what sounds like a secret, in every format", () => {
  const secrets = {
    password: "canary",
    apiSecret: "canary",
    accessToken: "canary",
    cookie: "canary",
    Authorization: "canary",
    sdp: "canary",
    ticket: "canary",
    code: "canary",
    credential: "canary",
  };
  assert(!JSON.stringify(redact(secrets)).includes("canary"));
  for (const format of ["text", "json", "journal"] as const) {
    const written = lines({ format }, (log) => log.error("e", secrets));
    assert(!written.join().includes("canary"), format);
  }
  const plain = { camera: "front", closeCode: 1001, codec: "h264" };
  assertEquals(redact(plain), plain);
});
