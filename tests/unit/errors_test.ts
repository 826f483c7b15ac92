import { assert, assertEquals, assertMatch } from "@std/assert";
import { type ErrorCode, ERRORS, GatewayError } from "../../src/errors.ts";

Deno.test("ERRORS gives every code an answer that each side understands", async (t) => {
  for (const [code, face] of Object.entries(ERRORS)) {
    await t.step(code, () => {
      assertMatch(code, /^[a-z]+(_[a-z]+)*$/);
      assert(face.status >= 400 && face.status <= 599);
      // RFC 6455 section 7.4.1: those an endpoint may send, or private use.
      const standard = [1001, 1002, 1007, 1008, 1009, 1011, 1013];
      const known = standard.includes(face.close);
      assert(known || face.close === 4000 + face.status, `${face.close}`);
      assertMatch(face.text, /^[A-Z].*[.…]$/);
    });
  }
});

Deno.test("GatewayError carries its code, face and safe context", () => {
  const cause = new Error("why");
  const context = { camera: "front" };
  const error = new GatewayError("not_found", { cause, context });
  assertEquals(error.code satisfies ErrorCode, "not_found");
  assertEquals(error.face, ERRORS.not_found);
  assertEquals(error.message, ERRORS.not_found.text);
  assertEquals(error.cause, cause);
  assertEquals(error.context, context);
  assertEquals(new GatewayError("not_found").context, {});
});
