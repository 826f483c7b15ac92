/**
 * A viewer at the gateway who comes back, as the player does: full jitter
 * between its dials, and if it wants media, a real WebRTC receiver.
 *
 * @module
 */

import nodeDatachannel, {
  type PeerConnection,
  type Track,
} from "node-datachannel";
// @ts-types="@types/ws"
import { type RawData, WebSocket } from "ws";
import { Backoff } from "../../src/web/backoff.ts";
import { WATCH_AGAIN_MS } from "../../src/web/bounds.ts";
import type { Page } from "playwright-core";
import type { Site } from "./site.ts";
import { until } from "./viewer.ts";

/** Where to look, and as whom. */
export interface ReturningViewerOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly plugin?: string;
  /** Whether it takes the picture, or only the offer. */
  readonly media: boolean;
}

/** A signed-in page's cookies and origin, as headers. */
export async function headersOf(
  page: Page,
): Promise<{ cookie: string; origin: string }> {
  const cookies = await page.context().cookies();
  return {
    cookie: cookies.map(({ name, value }) => `${name}=${value}`).join("; "),
    origin: new URL(page.url()).origin,
  };
}

/** Where a camera's Janus API is. */
export function janusUrl(site: Site, camera: string): string {
  const url = new URL(`cameras/${camera}/janus`, site.url);
  url.protocol = "ws:";
  return url.href;
}

/** Views until it is disposed of. */
export class ReturningViewer implements AsyncDisposable {
  /** How often it has dialled. */
  dials = 0;
  /** What has gone wrong, besides lost connections. */
  readonly complaints: string[] = [];
  readonly #options: ReturningViewerOptions;
  readonly #backoff = new Backoff();
  readonly #running: Promise<void>;
  #stopped = false;
  #hasPicture = false;
  #socket: WebSocket | undefined;
  #peer: PeerConnection | undefined;
  #track: Track | undefined;

  constructor(options: ReturningViewerOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Whether what it wants has come on the connection that it has now. */
  get hasPicture(): boolean {
    return this.#hasPicture;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    this.#socket?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await this.#view();
      this.#closePeer();
      this.#hasPicture = false;
      if (this.#stopped) break;
      await new Promise((resolve) =>
        setTimeout(resolve, this.#backoff.nextMs())
      );
    }
  }

  /** One connection, from the dial to its end. */
  async #view(): Promise<void> {
    this.dials++;
    const { url, headers, plugin = "janus.plugin.ustreamer" } = this.#options;
    const socket = this.#socket = new WebSocket(url, "janus-protocol", {
      headers,
    });
    const closed = Promise.withResolvers<void>();
    const ids: { [field: string]: number } = {};
    const send = (message: Record<string, unknown>) =>
      socket.send(JSON.stringify({ transaction: "t", ...ids, ...message }));
    const watch = () =>
      socket.readyState === WebSocket.OPEN &&
      send({ janus: "message", body: { request: "watch" } });
    let again: ReturnType<typeof setTimeout> | undefined;
    socket.on("error", () => {});
    socket.on("close", () => closed.resolve());
    socket.on("open", () => send({ janus: "create" }));
    socket.on("message", (data: RawData) => {
      const message = JSON.parse(String(data));
      if (message.janus === "success" && ids["session_id"] === undefined) {
        ids["session_id"] = message.data.id;
        send({ janus: "attach", plugin });
      } else if (message.janus === "success") {
        ids["handle_id"] = message.data.id;
        watch();
      } else if (message.jsep !== undefined) {
        this.#take(message.jsep.sdp, send).catch((error) =>
          this.complaints.push(String(error))
        );
      } else if (message.plugindata?.data?.error_code === 503) {
        again = setTimeout(watch, WATCH_AGAIN_MS);
      }
    });
    await closed.promise;
    clearTimeout(again);
  }

  async #take(
    offer: string,
    send: (message: Record<string, unknown>) => void,
  ): Promise<void> {
    if (!this.#options.media) return this.#seen();
    const peer = this.#peer = new nodeDatachannel.PeerConnection("test", {
      iceServers: [],
      disableAutoNegotiation: true,
    });
    peer.onTrack((track) => {
      this.#track = track;
      track.onMessage(() => peer === this.#peer && this.#seen());
    });
    peer.setRemoteDescription(offer, "offer");
    peer.setLocalDescription("answer");
    await until(
      () => peer !== this.#peer || peer.gatheringState() === "complete",
      () => "candidates are not complete",
    );
    const answer = peer === this.#peer ? peer.localDescription() : null;
    if (answer === null) return;
    const { type, sdp } = answer;
    send({
      janus: "message",
      body: { request: "start" },
      jsep: { type, sdp },
    });
  }

  #seen(): void {
    this.#hasPicture = true;
    this.#backoff.reset();
  }

  #closePeer(): void {
    this.#track?.close();
    this.#peer?.close();
    this.#track = this.#peer = undefined;
  }
}
