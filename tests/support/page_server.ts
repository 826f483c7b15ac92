/// <reference lib="dom" />

/**
 * The real pages, scripts and headers, served on a free port of loopback
 * under a path prefix, with cameras that say what a test wants them to say.
 *
 * @module
 */

import { Hono } from "hono";
import { readAssets } from "../../src/gateway/assets.ts";
import { securityHeaders } from "../../src/gateway/headers.ts";
import { cameraPage } from "../../src/gateway/pages/camera.ts";
import {
  camerasPage,
  type PageCamera,
  type PageDevice,
} from "../../src/gateway/pages/cameras.ts";
import { errorPage } from "../../src/gateway/pages/error.ts";
import { loginPage } from "../../src/gateway/pages/login.ts";
import { sharePage } from "../../src/gateway/pages/share.ts";
import { setupPage } from "../../src/gateway/pages/setup.ts";
import { JANUS_SUBPROTOCOL, type Jsep } from "../../src/janus/message.ts";
import { BrowserCamera } from "./browser_camera.ts";

/** A camera, and how its Janus API answers. */
export interface TestCamera extends PageCamera {
  /**
   * The `reason` of a 503; `silent`: no answer to `watch`; a close; or the
   * camera that plays.
   */
  answer:
    | string
    | { readonly code: number; readonly reason: string }
    | BrowserCamera;
}

/** What the server shows; tests change it while pages are open. */
export interface PageServerState {
  /** None: signed out. */
  user: string | undefined;
  cameras: TestCamera[];
  devices?: PageDevice[];
  /** Of `POST api/login` and `api/setup`. */
  loginStatus: number;
}

/** A running server; what it saw is in `posted` and `sockets`. */
export class PageServer implements AsyncDisposable {
  readonly state: PageServerState;
  readonly posted: { readonly path: string; readonly body: unknown }[] = [];
  readonly sockets = new Set<WebSocket>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(
    state: PageServerState,
    assets: Awaited<ReturnType<typeof readAssets>>,
  ) {
    this.state = state;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      this.#app(assets).fetch,
    );
  }

  static async start(state: PageServerState): Promise<PageServer> {
    return new PageServer(state, await readAssets());
  }

  /** Where the app lives, with its prefix. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/some/prefix/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.close();
    await this.#server.shutdown();
  }

  #app(assets: Awaited<ReturnType<typeof readAssets>>): Hono {
    const base = "/some/prefix/";
    const { state } = this;
    const app = new Hono().basePath(base);
    app.use(async (c, next) => {
      await next();
      if (c.res.status === 101) return;
      const ownOrigins = new Set([new URL(this.url).origin]);
      const headers = securityHeaders({ secure: false, ownOrigins });
      for (const [name, value] of Object.entries(headers)) {
        c.header(name, value);
      }
    });
    app.get("assets/:file", (c) => {
      const asset = assets.get(c.req.param("file"));
      if (asset === undefined) return c.notFound();
      return c.body(asset.body, 200, { "content-type": asset.type });
    });
    app.get("login", (c) => {
      const model = { base, isReadable: false, next: "", problem: undefined };
      return c.html(loginPage({ ...model, providers: [] }));
    });
    app.get("share", (c) => c.html(sharePage({ base })));
    app.get("setup", (c) => c.html(setupPage({ base, isReadable: false })));
    app.get("broken", (c) =>
      c.html(
        errorPage({ base, status: 404, text: "There is nothing here." }),
        404,
      ));
    app.get("/", (c) =>
      c.html(camerasPage({
        base,
        user: state.user ?? "",
        cameras: state.cameras,
        devices: state.devices ?? [],
      })));
    app.get("cameras/:camera/", (c) => {
      const camera = this.#camera(c.req.param("camera"));
      if (camera === undefined) return c.notFound();
      const isEmbedded = c.req.query("embed") === "1";
      const shareKey = undefined;
      return c.html(cameraPage({ base, camera, isEmbedded, shareKey }));
    });
    app.get("cameras/:camera/janus", (c) => {
      const camera = this.#camera(c.req.param("camera"));
      if (state.user === undefined || camera === undefined) {
        return c.json({}, 401);
      }
      return this.#upgrade(c.req.raw, camera);
    });
    app.get(
      "api/cameras",
      (c) =>
        state.user === undefined
          ? c.json(
            { error: "unauthenticated", message: "Please sign in." },
            401,
          )
          : c.json({
            user: state.user,
            cameras: state.cameras,
            devices: state.devices,
          }),
    );
    app.post("api/:what", async (c) => {
      this.posted.push({ path: c.req.path, body: await c.req.json() });
      if (state.loginStatus === 204) return c.body(null, 204);
      return c.json(
        { message: "The name or the password is wrong." },
        state.loginStatus as 401,
        { "retry-after": "120" },
      );
    });
    return app;
  }

  #camera(name: string): TestCamera | undefined {
    return this.state.cameras.find((camera) => camera.name === name);
  }

  #upgrade(request: Request, camera: TestCamera): Response {
    const { socket, response } = Deno.upgradeWebSocket(request, {
      protocol: JANUS_SUBPROTOCOL,
    });
    this.sockets.add(socket);
    socket.onclose = () => this.sockets.delete(socket);
    const conversation = new Conversation(socket, camera);
    socket.onmessage = ({ data }) => conversation.receive(JSON.parse(data));
    return response;
  }
}

/** What a page sends, as far as it is read here. */
interface PageRequest {
  readonly janus: string;
  readonly transaction: string;
  readonly body?: { readonly request: string };
  readonly jsep?: Jsep;
  readonly candidate?: RTCIceCandidateInit & { readonly completed?: boolean };
}

/** Answers one page as Janus would. */
class Conversation {
  readonly #socket: WebSocket;
  readonly #camera: TestCamera;
  #viewer: Promise<number> | undefined;

  constructor(socket: WebSocket, camera: TestCamera) {
    this.#socket = socket;
    this.#camera = camera;
  }

  receive(request: PageRequest): void {
    switch (request.janus) {
      case "create":
      case "attach":
        return this.#say(request, { janus: "success", data: { id: 7 } });
      case "message":
        this.#say(request, { janus: "ack" });
        return this.#message(request);
      case "trickle":
        return void this.#trickle(request);
    }
  }

  #say({ transaction }: PageRequest, message: object): void {
    // The page may have left while its answer was made.
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify({ transaction, ...message }));
  }

  #message(request: PageRequest): void {
    const { answer } = this.#camera;
    if (request.jsep !== undefined) return void this.#accept(request.jsep.sdp);
    if (request.body?.request !== "watch" || answer === "silent") return;
    if (answer instanceof BrowserCamera) {
      return void this.#offer(request, answer);
    }
    if (typeof answer === "object") {
      return this.#socket.close(answer.code, answer.reason);
    }
    this.#event(request, {
      ["error_code"]: 503,
      error: "No picture yet",
      reason: answer,
    });
  }

  #event(request: PageRequest, data: object, jsep?: Jsep): void {
    this.#say(request, {
      janus: "event",
      sender: 7,
      plugindata: {
        plugin: "janus.plugin.ustreamer",
        data: { ustreamer: "event", ...data },
      },
      ...(jsep && { jsep }),
    });
  }

  async #offer(request: PageRequest, camera: BrowserCamera): Promise<void> {
    const offered = camera.offer();
    this.#viewer = offered.then(({ index }) => index);
    const { sdp } = await offered;
    const result = { status: "started" };
    this.#event(request, { result }, { type: "offer", sdp });
  }

  async #accept(sdp: string): Promise<void> {
    const { answer } = this.#camera;
    if (!(answer instanceof BrowserCamera)) return;
    await answer.accept(await this.#viewer ?? -1, sdp);
  }

  async #trickle({ candidate }: PageRequest): Promise<void> {
    const { answer } = this.#camera;
    if (!(answer instanceof BrowserCamera) || !candidate?.candidate) return;
    await answer.addCandidate(await this.#viewer ?? -1, candidate);
  }
}
