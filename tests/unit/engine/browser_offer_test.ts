/// <reference lib="dom" />

import { assert, assertEquals } from "@std/assert";
import { makeClip, TestCamera } from "../../support/camera.ts";
import { launchChromium } from "../../support/chromium.ts";
import { TestEngine } from "../../support/engine.ts";
import { sinkName } from "../../support/sink.ts";
import { Viewers } from "../../support/viewer.ts";

/** Runs in the page: an offer with all candidates. */
async function makeOffer(
  { bundlePolicy, kinds }: {
    readonly bundlePolicy: RTCBundlePolicy;
    readonly kinds: readonly string[];
  },
): Promise<string> {
  const peer = new RTCPeerConnection({ bundlePolicy });
  Object.assign(globalThis, { peer });
  for (const kind of kinds) {
    if (kind === "data") peer.createDataChannel(kind);
    else peer.addTransceiver(kind, { direction: "recvonly" });
  }
  await peer.setLocalDescription();
  while (peer.iceGatheringState !== "complete") {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return peer.localDescription?.sdp ?? "";
}

/** Runs in the page: takes the answer, waits until pictures were decoded. */
async function decodedPictures(sdp: string): Promise<number> {
  const { peer } = globalThis as unknown as { peer: RTCPeerConnection };
  await peer.setRemoteDescription({ type: "answer", sdp });
  for (let looks = 0; looks < 200; looks++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const each of (await peer.getStats()).values()) {
      if (each.type === "inbound-rtp" && each.framesDecoded > 5) {
        return each.framesDecoded;
      }
    }
  }
  return 0;
}

Deno.test("Chromium offers, and sees pictures", async (t) => {
  await using camera = new TestCamera(sinkName(), await makeClip());
  await using engine = await TestEngine.start({
    cameras: { front: camera.sink },
  });
  await using viewers = await Viewers.at(engine);
  const browser = await launchChromium();
  const policies = ["balanced", "max-compat", "max-bundle"] as const;
  const orders = [
    ["video"],
    ["video", "audio"],
    ["audio", "video"],
    ["audio", "data", "video"],
  ];
  try {
    for (const bundlePolicy of policies) {
      for (const kinds of orders) {
        await t.step(`${bundlePolicy}: ${kinds.join(", ")}`, async () => {
          const page = await browser.newPage();
          const sdp = await page.evaluate(makeOffer, { bundlePolicy, kinds });
          const viewer = await viewers.attach();
          const { jsep } = await viewer.ask(
            { request: "watch" },
            { type: "offer", sdp, trickle: false },
          );
          assertEquals(jsep?.type, "answer");
          assert(await page.evaluate(decodedPictures, jsep!.sdp) > 0);
          await viewer.handle.detach();
          await page.close();
        });
      }
    }
  } finally {
    await browser.close();
  }
});
