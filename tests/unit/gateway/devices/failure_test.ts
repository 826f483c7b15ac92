import { assertEquals } from "@std/assert";
import { createServer } from "node:https";
import { GatewayError } from "../../../../src/errors.ts";
import { failureWords } from "../../../../src/gateway/devices/failure.ts";
import {
  dialError,
  endError,
} from "../../../../src/gateway/devices/session_end.ts";
import { JanusClient } from "../../../../src/janus/client.ts";
import { temporaryFolder } from "../../../support/gateway.ts";

Deno.test("failureWords() has words for what it knows and for the rest", () => {
  const words = (context: GatewayError["context"]) =>
    failureWords(new GatewayError("device_offline", { context }));
  assertEquals(
    words({ errorCode: "ECONNREFUSED" }),
    "Nothing listens at its address.",
  );
  assertEquals(words({ errorCode: "EODD" }), "It cannot be reached (EODD).");
  assertEquals(
    words({ errorCode: "toString" }),
    "It cannot be reached (toString).",
  );
  assertEquals(
    words({ status: 308 }),
    "It is at another address now: it redirects.",
  );
  assertEquals(words({ status: 500 }), "It answers with HTTP status 500.");
  assertEquals(words({}), undefined);
  assertEquals(failureWords(undefined), undefined);
});

Deno.test("failureWords() names what is wrong with a certificate", async () => {
  await using folder = await temporaryFolder();
  const { success } = await new Deno.Command("openssl", {
    args: [
      ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        .split(" "),
      ..."-days 2 -subj /CN=localhost -keyout key.pem -out cert.pem".split(" "),
    ],
    cwd: folder.path,
    stderr: "null",
  }).output();
  assertEquals(success, true);
  const read = (name: string) => Deno.readTextFile(`${folder.path}/${name}`);
  const server = createServer({
    key: await read("key.pem"),
    cert: await read("cert.pem"),
  });
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve())
  );
  const { port } = server.address() as { port: number };
  const error = await JanusClient.connect(`wss://localhost:${port}/`)
    .catch((error) => error);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  assertEquals(failureWords(error), "Its certificate is self-signed.");
});

Deno.test("dialError() tells what a refused handshake means here", async (t) => {
  const cases = {
    401: "device_refused",
    403: "rights_ended",
    404: "camera_removed",
    429: "overloaded",
    500: "device_offline",
    503: "overloaded",
    508: "device_loop",
  };
  for (const [status, code] of Object.entries(cases)) {
    await t.step(status, () => {
      const context = { status: Number(status) };
      const cause = new GatewayError("upstream_unreachable", { context });
      assertEquals(dialError(cause).code, code);
    });
  }
  await t.step("no answer", () => {
    assertEquals(
      dialError(new GatewayError("upstream_unreachable")).code,
      "device_offline",
    );
    assertEquals(dialError(new TypeError()).code, "internal");
  });
});

Deno.test("endError() tells what a close means here", async (t) => {
  const cases = {
    1001: "device_offline",
    1006: "device_offline",
    1008: "overloaded",
    1013: "overloaded",
    4401: "device_refused",
    4403: "rights_ended",
    4404: "camera_removed",
  };
  for (const [closeCode, code] of Object.entries(cases)) {
    await t.step(closeCode, () => {
      const context = { closeCode: Number(closeCode) };
      const cause = new GatewayError("upstream_lost", { context });
      assertEquals(endError(cause).code, code);
    });
  }
  await t.step("no close of the device's", () => {
    for (const code of ["upstream_lost", "upstream_invalid"] as const) {
      assertEquals(endError(new GatewayError(code)).code, code);
    }
  });
});
