/// <reference lib="dom" />

/**
 * A camera made of a browser: a page that sends a moving picture by WebRTC to
 * whoever asks. For tests of the player that need no engine.
 *
 * @module
 */

import type { Browser, Page } from "playwright-core";

/** One viewer's connection at the sending page. */
interface Sender {
  readonly peer: RTCPeerConnection;
  readonly sender: RTCRtpSender;
}

declare global {
  var senders: Sender[];
  var track: MediaStreamTrack;
}

/** The sending page. */
export class BrowserCamera implements AsyncDisposable {
  private constructor(readonly page: Page) {}

  static async start(browser: Browser): Promise<BrowserCamera> {
    const page = await browser.newPage();
    await page.evaluate(drawMovingPicture);
    return new BrowserCamera(page);
  }

  /** Offers to a new viewer, all candidates included. */
  offer(): Promise<{ index: number; sdp: string }> {
    return this.page.evaluate(async () => {
      const peer = new RTCPeerConnection();
      const sender = peer.addTrack(track, new MediaStream([track]));
      const index = senders.push({ peer, sender }) - 1;
      const gathered = new Promise((resolve) =>
        peer.onicegatheringstatechange = () =>
          peer.iceGatheringState === "complete" && resolve(undefined)
      );
      await peer.setLocalDescription();
      await gathered;
      return { index, sdp: peer.localDescription?.sdp ?? "" };
    });
  }

  async accept(index: number, sdp: string): Promise<void> {
    await this.page.evaluate(
      ({ index, sdp }) =>
        senders[index]?.peer.setRemoteDescription({ type: "answer", sdp }),
      { index, sdp },
    );
  }

  async addCandidate(
    index: number,
    candidate: RTCIceCandidateInit,
  ): Promise<void> {
    await this.page.evaluate(
      ({ index, candidate }) => senders[index]?.peer.addIceCandidate(candidate),
      { index, candidate },
    );
  }

  /** Stops sending to everybody, while all connections stay. */
  async fallSilent(): Promise<void> {
    await this.page.evaluate(async () => {
      for (const { sender } of senders) await sender.replaceTrack(null);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.close();
  }
}

/** Thirty pictures a second, no two alike. */
function drawMovingPicture(): void {
  const canvas = document.createElement("canvas");
  canvas.width = 640;
  canvas.height = 360;
  const context = canvas.getContext("2d");
  let count = 0;
  setInterval(() => {
    if (context === null) return;
    context.fillStyle = `hsl(${count * 7 % 360} 80% 50%)`;
    context.fillRect(0, 0, 640, 360);
    context.fillStyle = "white";
    context.font = "120px sans-serif";
    context.fillText(String(count++), 40, 200);
  }, 1000 / 30);
  const [track] = canvas.captureStream().getVideoTracks();
  if (track !== undefined) globalThis.track = track;
  globalThis.senders = [];
}
