import { assert, assertEquals } from "@std/assert";
import { freePort, startNalgate, Workplace } from "../support/nalgate.ts";
import {
  CLIENT_ID,
  CLIENT_SECRET,
  TestProvider,
  walk,
} from "../support/oidc_provider.ts";

Deno.test("nalgate serve signs in with a provider, within its permissions", async () => {
  await using place = await Workplace.create();
  await using provider = await TestProvider.start({
    accounts: { fifi: { nick: "Fifi", groups: ["family"] } },
  });
  const port = freePort();
  const base = `http://127.0.0.1:${port}/`;
  await provider.serve(`${base}login/oidc/home/callback`);
  await Deno.writeTextFile(`${place.folder}/client`, CLIENT_SECRET);
  const file = await place.configure(`
listen: 127.0.0.1:${port}
log: { level: debug }
cameras:
  front: { sink: "nalgate-test::oidc" }
  back: { sink: "nalgate-test::oidc2" }
engine: { addresses: [127.0.0.1] }
roles:
  family: { view: [front] }
identity_providers:
  home:
    issuer: ${provider.issuer}
    client_id: ${CLIENT_ID}
    client_secret_file: client
    scopes: [profile]
    user_claim: nick
    roles:
      - { claim: groups, value: family, role: family }
`);
  await using serve = startNalgate("serve", "--config", file);
  await serve.output("stdout", /is at (\S+)\n/);
  const get = async (url: string, cookie = "") => {
    const answer = await fetch(url, {
      redirect: "manual",
      headers: { cookie },
    });
    const text = await answer.text();
    const cookies = answer.headers.getSetCookie()
      .map((set) => set.split(";")[0] ?? "");
    return { text, cookies, location: answer.headers.get("location") ?? "" };
  };
  const begun = await get(`${base}login/oidc/home`);
  const back = await walk(begun.location, "fifi");
  const { cookies, location } = await get(back, begun.cookies.join("; "));
  assertEquals(location, "/", serve.stderr);
  const session = cookies.find((pair) => pair.startsWith("nalgate-insecure="));
  const { text } = await get(`${base}api/cameras`, session);
  const { user, cameras } = JSON.parse(text);
  assertEquals(
    [user, cameras.map(({ name }: { name: string }) => name)],
    ["Fifi", ["front"]],
  );
  serve.kill("SIGTERM");
  assertEquals((await serve.exit()).code, 0);
  const code = new URL(back).searchParams.get("code") ?? "";
  for (const secret of [CLIENT_SECRET, code, session?.split("=")[1] ?? ""]) {
    assert(secret.length > 8);
    assert(!`${serve.stdout}${serve.stderr}`.includes(secret));
  }
});
