import { assert, assertEquals } from "@std/assert";
import { CAMERA_STATES } from "../../../src/janus/status.ts";
import { ERRORS } from "../../../src/errors.ts";
import type { EndCause } from "../../../src/web/end_cause.ts";
import { faceOfEnd, faceOfRefusal, type Phase } from "../../../src/web/face.ts";

function closed(code: number, reason = ""): EndCause {
  return { kind: "closed", code, reason, wasOpen: true };
}

const ENDS: readonly {
  readonly name: string;
  readonly cause: EndCause;
  readonly phase: Phase;
  readonly retry: boolean;
}[] = [
  { name: "network", cause: closed(1006), phase: "offline", retry: true },
  { name: "restart", cause: closed(1001), phase: "offline", retry: true },
  { name: "overload", cause: closed(1013), phase: "offline", retry: true },
  { name: "session", cause: closed(4401), phase: "signed-out", retry: false },
  { name: "rights", cause: closed(4403), phase: "forbidden", retry: false },
  { name: "removed", cause: closed(4404), phase: "missing", retry: false },
  {
    name: "hangup",
    cause: { kind: "hangup", reason: "Media server restarted" },
    phase: "offline",
    retry: true,
  },
  {
    name: "refused",
    cause: { kind: "refused", code: 458, text: "No such session" },
    phase: "offline",
    retry: true,
  },
  {
    name: "unauthorized",
    cause: { kind: "refused", code: 403, text: "Unauthorized" },
    phase: "forbidden",
    retry: false,
  },
  {
    name: "late signalling",
    cause: { kind: "late", awaited: "signalling" },
    phase: "offline",
    retry: true,
  },
  {
    name: "late media",
    cause: { kind: "late", awaited: "media" },
    phase: "offline",
    retry: true,
  },
  {
    name: "no route",
    cause: { kind: "no_route", relay: "none" },
    phase: "blocked",
    retry: true,
  },
  { name: "lost", cause: { kind: "lost" }, phase: "stalled", retry: true },
  {
    name: "unsupported",
    cause: { kind: "unsupported" },
    phase: "unsupported",
    retry: false,
  },
  {
    name: "unknown to the media server",
    cause: { kind: "plugin", code: 404, text: "", reason: undefined },
    phase: "offline",
    retry: true,
  },
];

Deno.test("faceOfEnd() has words for every end", async (t) => {
  for (const { name, cause, phase, retry } of ENDS) {
    await t.step(name, () => {
      const face = faceOfEnd(cause, CAMERA_STATES);
      assertEquals([face.phase, face.retry], [phase, retry]);
      assert(face.title !== "");
    });
  }
});

Deno.test("faceOfEnd() says what became of TURN when UDP is blocked", () => {
  const states = ["none", "silent", "refused", "granted"] as const;
  const faces = states.map((relay) =>
    faceOfEnd({ kind: "no_route", relay }, CAMERA_STATES)
  );
  assertEquals(new Set(faces.map(({ title }) => title)).size, 1);
  assertEquals(new Set(faces.map(({ detail }) => detail)).size, states.length);
});

Deno.test("faceOfEnd() shows the server's reason, bounded", () => {
  const face = faceOfEnd(closed(4401, "Your session has ended"), {});
  assertEquals(face.detail, "Your session has ended.");
  const long = faceOfEnd(closed(1011, "x".repeat(4096)), {});
  assert(long.detail.length <= 201);
});

Deno.test("faceOfRefusal() takes title and remedy from the states", () => {
  const refusal = { code: 503, text: "no", reason: "no_signal" };
  const face = faceOfRefusal(refusal, CAMERA_STATES);
  assertEquals(face.title, CAMERA_STATES.no_signal.title);
  assertEquals(face.detail, CAMERA_STATES.no_signal.remedy);
  assertEquals(face.retry, true);
});

Deno.test("faceOfRefusal() shows the text of a reason it does not know", () => {
  for (const reason of [undefined, "new_reason", "toString", "__proto__"]) {
    const face = faceOfRefusal({ code: 503, text: "Not yet", reason }, {
      ...CAMERA_STATES,
    });
    assertEquals([face.title, face.detail], ["No picture", "Not yet"]);
  }
});

Deno.test("faceOfEnd() knows a device's states by what closes say", () => {
  const codes = ["device_offline", "device_refused", "device_loop"] as const;
  for (const code of codes) {
    const { close, text } = ERRORS[code];
    const { title, remedy } = CAMERA_STATES[code];
    const phase: Phase = "offline";
    const expected = { phase, title, detail: remedy, retry: true };
    assertEquals(faceOfEnd(closed(close, text), CAMERA_STATES), expected);
    const refused = { kind: "refused", code: 490, text } as const;
    assertEquals(faceOfEnd(refused, CAMERA_STATES), expected);
  }
});
