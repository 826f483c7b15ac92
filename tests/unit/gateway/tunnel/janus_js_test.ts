/// <reference lib="dom" />

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { GatewayError } from "../../../../src/errors.ts";
import { launchChromium } from "../../../support/chromium.ts";
import { JanusServer } from "../../../support/janus_server.ts";
import { TunnelServer, until } from "../../../support/tunnel.ts";

/** janus.js has no types for what it puts into a page. */
declare const Janus: {
  // deno-lint-ignore no-explicit-any -- see above
  new (options: unknown): any;
  init(options: unknown): void;
  useDefaultDependencies(): unknown;
};

const ROOT = new URL("../../../../", import.meta.url);
const SCRIPTS = [
  "node_modules/webrtc-adapter/out/adapter.js",
  "node_modules/janus-gateway/npm/src/janus.js",
].map((path) => new URL(path, ROOT).pathname);

const OFFER = await Deno.readTextFile(
  new URL("./sdp/chromium_sending_offer.sdp", import.meta.url),
);

/** The seed guide's client, noting which of its callbacks are called. */
function watch(server: string): void {
  const heard: string[] = [];
  Object.assign(globalThis, { heard });
  Janus.init({ debug: false, dependencies: Janus.useDefaultDependencies() });
  // deno-lint-ignore no-explicit-any -- see above
  const parts: { janus?: any; handle?: any } = {};
  parts.janus = new Janus({
    server,
    iceServers: [],
    success: () =>
      parts.janus.attach({
        plugin: "janus.plugin.ustreamer",
        // deno-lint-ignore no-explicit-any -- see above
        success(handle: any) {
          parts.handle = handle;
          handle.send({ message: { request: "watch" } });
        },
        error: (reason: string) => heard.push(`attach: ${reason}`),
        onmessage(_message: unknown, jsep: unknown) {
          if (!jsep) return;
          parts.handle.createAnswer({
            jsep,
            media: { audioSend: false, videoSend: false },
            success: (answer: unknown) =>
              parts.handle.send({
                message: { request: "start" },
                jsep: answer,
              }),
            error: (reason: string) => heard.push(`answer: ${reason}`),
          });
        },
        webrtcState: (isUp: boolean, reason: string) =>
          heard.push(`webrtcState: ${isUp} ${reason}`),
        oncleanup: () => heard.push("oncleanup"),
      }),
    error: (reason: string) => heard.push(`error: ${reason}`),
  });
}

const ENDINGS: readonly [
  string,
  (janus: JanusServer, server: TunnelServer) => void,
  string,
][] = [
  [
    "rights end",
    (_janus, server) => server.rights.abort(new GatewayError("rights_ended")),
    "Your right to view this camera has ended.",
  ],
  [
    "the upstream restarts",
    (janus) => janus.cut(),
    "The media server has restarted.",
  ],
];

Deno.test("janus.js understands the tunnel, and how it ends", async (t) => {
  const browser = await launchChromium();
  try {
    for (const [name, end, reason] of ENDINGS) {
      await t.step(name, async () => {
        await using janus = await JanusServer.start({ offer: OFFER });
        await using server = await TunnelServer.start({ url: janus.url });
        const page = await browser.newPage();
        for (const path of SCRIPTS) await page.addScriptTag({ path });
        await page.evaluate(watch, server.url);
        await until(() => janus.got("trickle").length > 0);
        const start = janus.got("message").find(({ body }) =>
          body.request === "start"
        );
        assertEquals(start?.jsep.type, "answer");
        assertStringIncludes(start?.jsep.sdp, "H264/90000");
        assert(janus.got("trickle").some(({ candidate }) => candidate));
        assertEquals(server.upstream.counters.refusedRequests, 0);
        end(janus, server);
        const heard = await page.waitForFunction(() => {
          const heard: string[] = Reflect.get(globalThis, "heard");
          return heard.length >= 3 && heard;
        });
        assertEquals(await heard.jsonValue(), [
          `webrtcState: false ${reason}`,
          "oncleanup",
          "error: Lost connection to the server (is it down?)",
        ]);
        await page.close();
      });
    }
  } finally {
    await browser.close();
  }
});
