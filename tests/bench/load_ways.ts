/**
 * The ways to the upstream that a load is sent over.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { fromFileUrl } from "@std/path";
import type { Grant } from "../../src/config/grant.ts";
import { Passwords } from "../../src/gateway/auth/password.ts";
import { addUser, temporaryFolder } from "../support/gateway.ts";
import { TestProcess } from "../support/process.ts";
import { testHandover } from "../support/running_gateway.ts";
import type { Target } from "./load_viewer.ts";

/** Of the gateway's only user, `ann`. */
export const PASSWORD = "correct horse battery";

const EVERYTHING: readonly Grant[] = [{ right: "view", cameras: "**" }];

/** A way to the upstream, and the processes that are measured. */
export interface Way extends AsyncDisposable {
  readonly target: Target;
  readonly pids: readonly number[];
}

/** The gateway in a process of its own; `lag` tells of its event loop. */
export async function startGateway(
  janusUrl: string,
  { viewers }: { viewers: number },
) {
  await using undo = new AsyncDisposableStack();
  const { path: stateDir } = undo.use(await temporaryFolder());
  using passwords = new Passwords();
  const password = await passwords.hash(PASSWORD);
  await addUser(stateDir, { name: "ann", password, grants: EVERYTHING });
  const limits = {
    viewers,
    viewersPerUser: viewers,
    viewersPerAddress: viewers,
    memory: 2 ** 32,
  };
  const options = { config: { limits } };
  const process = undo.use(await child("load_gateway.ts"));
  const handover = testHandover({ stateDir, janusUrl, options });
  await process.write(JSON.stringify(handover) + "\n");
  const [, url = ""] = await process.output("stdout", /(http:\S+)/);
  const origin = url.slice(0, -1);
  const response = await fetch(`${url}api/login`, {
    method: "POST",
    headers: { origin, "content-type": "application/json" },
    body: JSON.stringify({ user: "ann", password: PASSWORD }),
  });
  await response.body?.cancel();
  const [cookie = ""] = (response.headers.get("set-cookie") ?? "").split(";");
  const kept = undo.move();
  return {
    target: {
      url: `${url.replace("http", "ws")}cameras/front/janus`,
      headers: { origin, cookie },
    },
    pids: [process.pid],
    async lag(): Promise<number[]> {
      const told = process.stdout.length;
      await process.write("lag\n");
      let line = "";
      while (!line.endsWith("\n")) {
        await delay(20);
        line = process.stdout.slice(told);
      }
      const { p50, p99, max } = JSON.parse(line);
      return [p50, p99, max];
    },
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

/** nginx as a WebSocket proxy that looks at nothing. */
export async function startNginx(janusUrl: string): Promise<Way> {
  await using undo = new AsyncDisposableStack();
  const { path } = undo.use(await temporaryFolder());
  const port = freePort();
  await Deno.writeTextFile(
    `${path}/nginx.conf`,
    nginxConfig(path, { port, janusUrl }),
  );
  const process = undo.use(
    new TestProcess({
      command: "nginx",
      args: ["-p", path, "-c", `${path}/nginx.conf`, "-e", `${path}/error.log`],
    }),
  );
  const url = `ws://127.0.0.1:${port}/`;
  while (!await answers(port)) await delay(50);
  const kept = undo.move();
  return {
    target: { url, headers: {} },
    pids: [process.pid],
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

function nginxConfig(
  folder: string,
  { port, janusUrl }: { port: number; janusUrl: string },
): string {
  return `daemon off;
master_process off;
pid ${folder}/pid;
worker_rlimit_nofile 20000;
events { worker_connections 16000; }
http {
  access_log off;
  client_body_temp_path ${folder};
  proxy_temp_path ${folder};
  fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder};
  scgi_temp_path ${folder};
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${janusUrl.replace("ws", "http")};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection upgrade;
      proxy_read_timeout 1h;
    }
  }
}
`;
}

async function answers(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A program of this folder. */
export function child(name: string, ...more: string[]): TestProcess {
  const file = fromFileUrl(new URL(`./${name}`, import.meta.url));
  return new TestProcess({
    args: ["run", "-q", "--no-prompt", "-P=test", file, ...more],
  });
}
