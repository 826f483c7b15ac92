/** Configuration files, with the line and the key that must be named. */

import type { ConfigRow } from "./rows.ts";

export const CONFIGS: readonly ConfigRow[] = [
  ["no YAML", "cameras: [", /:\d+/],
  ["an unknown key", "\nlisten: 127.0.0.1:1\nlisten_on: x", /:3:.*listen_on/],
  ["a key twice", "listen: :1\nlisten: :2", /:2/],
  ["a port of 65 536", "listen: 127.0.0.1:65536", /:1:.*listen/],
  [
    "a password in the file",
    "upstreams:\n  a: { janus: { url: 'ws://127.0.0.1/', api_secret: hunter2 } }",
    /:2:.*api_secret/,
  ],
  [
    "credentials in a URL",
    "upstreams:\n  a: { janus: { url: 'ws://user:pass@127.0.0.1/' } }",
    /:2:.*url/,
  ],
  [
    "a URL of another scheme",
    "upstreams:\n  a: { janus: { url: 'file:///etc/passwd' } }",
    /:2:.*url/,
  ],
  ["a camera's name with dots", "cameras:\n  ../etc: { sink: x }", /:2:.*etc/],
  [
    "a camera named as a prototype",
    "cameras:\n  __proto__: { sink: x }",
    /:2:/,
  ],
  [
    "a sink with a slash",
    "cameras:\n  a: { sink: ../../etc/passwd }",
    /:2:.*sink/,
  ],
  [
    "an upstream that is not there",
    "cameras:\n  a: { upstream: nosuch }",
    /:2:.*upstream/,
  ],
  [
    "a proxy that is everybody",
    "trusted_proxies: [0.0.0.0/33]",
    /:1:.*trusted_proxies/,
  ],
  ["a log level that is none", "log:\n  level: everything", /:2:.*log\.level/],
  [
    "a title with a line break",
    'cameras:\n  a: { sink: x, title: "a\\nb" }',
    /:2:.*title/,
  ],
  ["a list for a text", "listen: [1, 2]", /:1:.*listen/],
  [
    "a billion laughs",
    `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ncameras: [*d,*d,*d,*d,*d,*d,*d,*d,*d]`,
    /resource exhaustion/,
  ],
  ["a tag that makes objects", "listen: !!js/function 'function () {}'", /:1/],
  [
    "a megabyte and more",
    `# ${"x".repeat(1024 * 1024)}\nlisten: :1`,
    /size|large|long|bytes/,
  ],
  [
    "an origin with a path",
    "frame_ancestors: ['https://home.example/path']",
    /:1:.*frame_ancestors/,
  ],
  [
    "a role that is not there",
    "proxy_auth:\n  peers: [127.0.0.1]\n  secret_file: s\n  roles: [{ group: a, role: nosuch }]",
    /:4:.*role/,
  ],
];
