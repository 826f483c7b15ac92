import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { cameraPage } from "../../../../src/gateway/pages/camera.ts";
import { camerasPage } from "../../../../src/gateway/pages/cameras.ts";
import { errorPage } from "../../../../src/gateway/pages/error.ts";
import { loginPage } from "../../../../src/gateway/pages/login.ts";
import { sharePage } from "../../../../src/gateway/pages/share.ts";
import { setupPage } from "../../../../src/gateway/pages/setup.ts";

const BASE = "/some/prefix/";
const HOSTILE = `</script><script>alert(1)</script>"'><img src=x onerror=a()>&`;
const camera = { name: "front", title: HOSTILE };

const PAGES = [
  {
    name: "camerasPage()",
    html: camerasPage({
      base: BASE,
      user: HOSTILE,
      cameras: [camera],
      devices: [{
        name: "garage",
        title: HOSTILE,
        state: HOSTILE,
        detail: HOSTILE,
        since: 0,
      }],
    }),
  },
  {
    name: "cameraPage()",
    html: cameraPage({ base: BASE, camera, shareKey: HOSTILE }),
  },
  {
    name: "cameraPage() of a device",
    html: cameraPage({
      base: BASE,
      camera: { ...camera, device: "garage", deviceTitle: HOSTILE },
      shareKey: undefined,
    }),
  },
  { name: "sharePage()", html: sharePage({ base: BASE }) },
  {
    name: "loginPage()",
    html: loginPage({
      base: BASE,
      isReadable: true,
      next: `cameras/front/`,
      providers: [{ name: "home", title: HOSTILE }],
      problem: HOSTILE,
    }),
  },
  { name: "setupPage()", html: setupPage({ base: BASE, isReadable: true }) },
  {
    name: "errorPage()",
    html: errorPage({ base: BASE, status: 404, text: HOSTILE }),
  },
].map(({ name, html }) => ({ name, html: String(html) }));

for (const { name, html } of PAGES) {
  Deno.test(`${name} shows hostile text as text`, () => {
    assert(!html.includes("<script>"));
    assert(!html.includes("<img src=x"));
    assert(!html.includes("alert(1)</script>"));
  });

  Deno.test(`${name} has nothing inline that a policy would stop`, () => {
    for (const [tag] of html.matchAll(/<script[^>]*>/g)) {
      assert(/ src="assets\/|type="application\/json"/.test(tag), tag);
    }
    assert(!/<style|\sstyle=|\son[a-z]+="/.test(html));
  });

  Deno.test(`${name} has relative links only, below its base`, () => {
    assertStringIncludes(html, `<base href="${BASE}">`);
    const links = html.matchAll(/(?:href|src|action)="([^"]*)"/g);
    for (const [, link = ""] of links) {
      assert(
        link === BASE || /^(?:\.\/|(?:assets|login)\/[\w./?=%]+)$/.test(link),
        link,
      );
    }
    // A link to a fragment would lead to the base, not to the page.
    assert(!html.includes('href="#'));
  });
}

Deno.test("camerasPage() hands its cameras to the script unharmed", () => {
  const { html = "" } = PAGES[0] ?? {};
  const json = /id="cameras">([^<]*)</.exec(html)?.[1] ?? "";
  assertEquals(JSON.parse(json), [{ name: "front", title: HOSTILE }]);
});

Deno.test("camerasPage() without cameras says what to do", () => {
  const model = { base: "/", user: "ada" };
  const empty = String(camerasPage({ ...model, cameras: [] }));
  const filled = String(camerasPage({ ...model, cameras: [camera] }));
  const devices = [{ name: "a", title: "A", state: "open", since: 0 }];
  const distant = String(camerasPage({ ...model, cameras: [], devices }));
  assert(!/id="empty"[^>]*hidden/.test(empty));
  assert(/id="empty"[^>]*hidden/.test(filled));
  assert(/id="empty"[^>]*hidden/.test(distant));
});

Deno.test("cameraPage() escapes the camera's name in its attribute", () => {
  const html = String(cameraPage({
    base: "/",
    camera: { name: `a"><b x="`, title: "A" },
    shareKey: undefined,
  }));
  assertStringIncludes(html, 'camera="a&quot;&gt;&lt;b x=&quot;"');
});

Deno.test("cameraPage() says on which device a camera is", () => {
  const html = String(cameraPage({
    base: "/",
    camera: { name: "b", device: "a", deviceTitle: "A", title: "B" },
    shareKey: undefined,
  }));
  assertStringIncludes(html, 'camera="a/b"');
  assertStringIncludes(html, "<title>B – A – nalgate</title>");
  assertMatch(html, /<h1>\s*<bdi>A<\/bdi>:\s*<bdi>B<\/bdi><\/h1>/);
});
