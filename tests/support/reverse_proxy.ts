/**
 * Debian's nginx and Caddy with README.md's own blocks, on free ports of
 * loopback.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import type { Config } from "../../src/config/config.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { temporaryFolder } from "./gateway.ts";
import { freePort } from "./nalgate.ts";
import { TestProcess } from "./process.ts";
import { adapted, readmeBlock } from "./readme.ts";

const HEADING = "Behind a reverse proxy";

/** The host and the path of README.md's example. */
export const HOST = "pi.example";
export const PREFIX = "/lab/";
export const PUBLIC_URL = `https://${HOST}${PREFIX}`;

/** nalgate.yaml's lines of the example, with another address to listen at. */
export function exampleLines(listen: string): string {
  const text = readmeBlock(HEADING, "yaml");
  return adapted(text, { "127.0.0.1:8080": listen });
}

/** What those lines mean. */
export function exampleConfig(): Pick<Config, "publicUrl" | "trustedProxies"> {
  const { publicUrl, trustedProxies } = parseConfig({
    text: exampleLines("127.0.0.1:0"),
    file: "README.md",
    resolve: (path) => path,
    env: () => undefined,
  });
  return { publicUrl, trustedProxies };
}

/** What a proxy stands before. */
export interface ProxyOptions {
  readonly upstreamPort: number;
  /** nginx's `proxy_read_timeout` and its like, if not the default. */
  readonly timeoutMs?: number;
}

/** A running proxy that speaks TLS. */
export class ReverseProxy implements AsyncDisposable {
  private constructor(
    readonly name: ProxyName,
    readonly port: number,
    readonly certificates: Certificates,
    private readonly around: AsyncDisposable,
  ) {}

  static async start(
    name: ProxyName,
    options: ProxyOptions,
  ): Promise<ReverseProxy> {
    await using around = new AsyncDisposableStack();
    const { path: folder } = around.use(await temporaryFolder());
    const certificates = await makeCertificates(folder, HOST);
    const port = freePort();
    const scene = { ...options, folder, certificates, port };
    const process = around.use(await PROXIES[name](scene));
    await untilListening(port, process);
    return new ReverseProxy(name, port, certificates, around.move());
  }

  /** Arguments by which Chromium finds and trusts it. */
  get chromiumArgs(): readonly string[] {
    return [
      `--host-resolver-rules=MAP ${HOST} 127.0.0.1:${this.port}`,
      "--ignore-certificate-errors-spki-list=" +
      this.certificates.authorityKeyHash,
    ];
  }

  /** For `rawHttp()`. */
  get tls(): Deno.StartTlsOptions {
    return { hostname: HOST, caCerts: [this.certificates.authority] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.around[Symbol.asyncDispose]();
  }
}

interface Scene extends ProxyOptions {
  readonly folder: string;
  readonly certificates: Certificates;
  readonly port: number;
}

/** How each of them is started. */
const PROXIES = { nginx: startNginx, caddy: startCaddy };

/** The proxies there are. */
export type ProxyName = keyof typeof PROXIES;

async function startNginx(
  { folder, certificates, port, upstreamPort, timeoutMs }: Scene,
): Promise<TestProcess> {
  const site = adapted(readmeBlock(HEADING, "nginx"), {
    "listen 443 ": `listen 127.0.0.1:${port} `,
    "127.0.0.1:8080": `127.0.0.1:${upstreamPort}`,
    "/etc/ssl/pi.example.pem": certificates.chainFile,
    "/etc/ssl/pi.example.key": certificates.keyFile,
  });
  await Deno.writeTextFile(`${folder}/site.conf`, site);
  const temporary = ["client_body", "proxy", "fastcgi", "scgi", "uwsgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`);
  const timeouts = timeoutMs === undefined ? [] : [
    `proxy_read_timeout ${timeoutMs}ms;`,
    `proxy_send_timeout ${timeoutMs}ms;`,
  ];
  // What Debian's own nginx.conf has around it, for this folder.
  const lines = [
    "daemon off; master_process off;",
    `pid ${folder}/pid;`,
    "events {}",
    "http { access_log off; port_in_redirect off;",
    ...temporary,
    ...timeouts,
    `include ${folder}/site.conf;`,
    "}",
  ];
  await Deno.writeTextFile(`${folder}/nginx.conf`, lines.join("\n"));
  return new TestProcess({
    command: "/usr/sbin/nginx",
    args: ["-p", folder, "-c", `${folder}/nginx.conf`, "-e", "stderr"],
  });
}

async function startCaddy(
  { folder, certificates, port, upstreamPort }: Scene,
): Promise<TestProcess> {
  const site = adapted(readmeBlock(HEADING, "caddyfile"), {
    "127.0.0.1:8080": `127.0.0.1:${upstreamPort}`,
  });
  await Deno.writeTextFile(`${folder}/site`, site);
  const { authorityFile, authorityKeyFile } = certificates;
  const files =
    `format pem_file\ncert ${authorityFile}\nkey ${authorityKeyFile}`;
  // Only where it listens, and whose certificates it takes.
  const lines = `{
    admin off
    skip_install_trust
    local_certs
    auto_https disable_redirects
    https_port ${port}
    default_bind 127.0.0.1
    storage file_system ${folder}/storage
    pki {
      ca local {
        root {
          ${files}
        }
        intermediate {
          ${files}
        }
      }
    }
  }
  import ${folder}/site
  `;
  await Deno.writeTextFile(`${folder}/Caddyfile`, lines);
  return new TestProcess({
    command: "/usr/bin/caddy",
    args: ["run", "--adapter", "caddyfile", "--config", `${folder}/Caddyfile`],
    env: { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  });
}

/** Looks this often, so many times: a busy machine needs seconds. */
const LOOK_MS = 50;
const LOOKS_MAX = 400;

async function untilListening(
  port: number,
  process: TestProcess,
): Promise<void> {
  for (let look = 0; look < LOOKS_MAX; look++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch {
      await delay(LOOK_MS);
    }
  }
  throw new Error(`the proxy does not listen: ${process.stderr}`);
}
