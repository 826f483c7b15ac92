import { assertEquals } from "@std/assert";
import { Logger } from "../../../src/log.ts";
import { factIn, logLine } from "../../../src/supervisor/janus_log.ts";

Deno.test("logLine() sorts Janus's lines by their weight", async (t) => {
  const cases: readonly { name: string; line: string; expected: string[] }[] = [
    {
      name: "an error",
      line: "[ERR] [ice.c:janus_ice_x:12] No components",
      expected: ["error [ice.c:janus_ice_x:12] No components"],
    },
    {
      name: "the end",
      line: "[FATAL] [janus.c:main:5801] No transport",
      expected: ["error [janus.c:main:5801] No transport"],
    },
    {
      name: "a warning",
      line: "[WARN] Missing something",
      expected: ["warn  Missing something"],
    },
    {
      name: "a warning about one viewer",
      line: "[WARN] [8876013090904876] Failed to add some remote candidates",
      expected: [
        "debug [8876013090904876] Failed to add some remote candidates",
      ],
    },
    {
      name: "an error about one viewer",
      line: "[ERR] [ice.c:janus_ice_x:12] [8876013090904876] ICE failed",
      expected: ["debug [ice.c:janus_ice_x:12] [8876013090904876] ICE failed"],
    },
    {
      name: "a warning of what we have chosen",
      line: "[WARN] mDNS resolution disabled, .local candidates …",
      expected: ["debug mDNS resolution disabled, .local candidates …"],
    },
    {
      name: "our plugin",
      line: "[nalgate] camera front: live",
      expected: ["info  camera front: live"],
    },
    {
      name: "the rest",
      line: "Creating new session: 123",
      expected: ["debug Creating new session: 123"],
    },
    { name: "a rule", line: "-------------", expected: [] },
    { name: "nothing", line: "", expected: [] },
  ];
  for (const { name, line, expected } of cases) {
    await t.step(name, () => {
      const lines: string[] = [];
      const log = new Logger("janus", {
        level: "debug",
        format: "text",
        write: (text) => lines.push(text.slice("00:00:00.000 ".length)),
      });
      logLine(log, line);
      const named = expected.map((text) =>
        `${text.slice(0, 5)} janus: ${text.slice(6)}`
      );
      assertEquals(lines, named);
    });
  }
});

Deno.test("factIn() knows what Janus means", () => {
  assertEquals(factIn("Websockets server started (port 1)..."), {
    kind: "serves",
  });
  assertEquals(factIn("[WARN] No WebSockets server started, giving up..."), {
    kind: "port taken",
  });
  assertEquals(factIn("Sessions watchdog started"), undefined);
});
