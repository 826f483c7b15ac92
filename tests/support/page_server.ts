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
} from "../../src/gateway/pages/cameras.ts";
import { errorPage } from "../../src/gateway/pages/error.ts";
import { loginPage } from "../../src/gateway/pages/login.ts";
import { setupPage } from "../../src/gateway/pages/setup.ts";
import { JANUS_SUBPROTOCOL } from "../../src/janus/message.ts";

/** A camera, and how its Janus API answers. */
export interface TestCamera extends PageCamera {
  /** The `reason` of a 503; `silent`: no answer to `watch`; or a close. */
  answer: string | { readonly code: number; readonly reason: string };
}

/** What the server shows; tests change it while pages are open. */
export interface PageServerState {
  /** None: signed out. */
  user: string | undefined;
  cameras: TestCamera[];
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
    app.get("login", (c) => c.html(loginPage({ base })));
    app.get("setup", (c) => c.html(setupPage({ base })));
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
      })));
    app.get("cameras/:camera/", (c) => {
      const camera = this.#camera(c.req.param("camera"));
      return camera ? c.html(cameraPage({ base, camera })) : c.notFound();
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
          : c.json({ user: state.user, cameras: state.cameras }),
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
    socket.onmessage = ({ data }) => answer(socket, JSON.parse(data), camera);
    return response;
  }
}

/** Answers as Janus would, as far as a camera without a picture gets. */
function answer(
  socket: WebSocket,
  request: {
    readonly janus: string;
    readonly transaction: string;
    readonly body?: { readonly request: string };
  },
  camera: TestCamera,
): void {
  const { transaction } = request;
  const say = (message: object) =>
    socket.send(JSON.stringify({ transaction, ...message }));
  const isWatch = request.body?.request === "watch";
  if (request.janus === "create" || request.janus === "attach") {
    say({ janus: "success", data: { id: 1 + socket.url.length } });
  } else if (request.janus === "message") say({ janus: "ack" });
  if (!isWatch || camera.answer === "silent") return;
  if (typeof camera.answer === "object") {
    return socket.close(camera.answer.code, camera.answer.reason);
  }
  say({
    janus: "event",
    sender: 1,
    plugindata: {
      plugin: "janus.plugin.ustreamer",
      data: {
        ustreamer: "event",
        ["error_code"]: 503,
        error: "No picture yet",
        reason: camera.answer,
      },
    },
  });
}
