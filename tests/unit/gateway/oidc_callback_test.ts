import { assert, assertEquals, assertMatch } from "@std/assert";
import { CLIENT_SECRET, walk } from "../../support/oidc_provider.ts";
import { OidcSite } from "../../support/oidc_site.ts";

const ACCOUNTS = { fifi: { nick: "Fifi", groups: ["family"] } };

Deno.test("the callback takes only what it has begun itself", async (t) => {
  await using site = await OidcSite.start({ accounts: ACCOUNTS });
  const { running } = site;
  interface Attempt {
    readonly back: URL;
    readonly cookie: string;
  }
  const swapped = (url: URL, name: string, value: string) => {
    const changed = new URL(url);
    changed.searchParams.set(name, value);
    return changed;
  };
  const cases: readonly {
    name: string;
    forge: (own: Attempt, other: Attempt) => Attempt | Promise<Attempt>;
    problem: string | undefined;
  }[] = [
    { name: "nothing forged", forge: (own) => own, problem: undefined },
    {
      name: "without the cookie",
      forge: ({ back }) => ({ back, cookie: "" }),
      problem: "sign_in_stale",
    },
    {
      name: "with a guessed cookie",
      forge: ({ back }) => ({ back, cookie: "nalgate-oidc=guess" }),
      problem: "sign_in_stale",
    },
    {
      name: "somebody else's end in this browser",
      forge: ({ cookie }, { back }) => ({ back, cookie }),
      problem: "sign_in_stale",
    },
    {
      name: "with another state",
      forge: ({ back, cookie }) => ({
        back: swapped(back, "state", "x"),
        cookie,
      }),
      problem: "sign_in_stale",
    },
    {
      name: "somebody else's code",
      forge: ({ back, cookie }, { back: other }) => ({
        back: swapped(back, "code", other.searchParams.get("code") ?? ""),
        cookie,
      }),
      problem: "provider_invalid",
    },
    {
      name: "another issuer (RFC 9207)",
      forge: ({ back, cookie }) => ({
        back: swapped(back, "iss", "https://evil.example"),
        cookie,
      }),
      problem: "provider_invalid",
    },
    {
      name: "no code at all",
      forge: ({ back, cookie }) => {
        const changed = new URL(back);
        changed.searchParams.delete("code");
        return { back: changed, cookie };
      },
      problem: "provider_invalid",
    },
    {
      name: "used before",
      forge: async (own) => {
        await site.comeBack(own.back.href, own.cookie);
        return own;
      },
      problem: "sign_in_stale",
    },
    {
      name: "denied",
      forge: async () => {
        const { location, cookie } = await site.begin();
        return { back: new URL(await walk(location)), cookie };
      },
      problem: "provider_denied",
    },
  ];
  const attempt = async (): Promise<Attempt> => {
    const { location, cookie } = await site.begin();
    return { back: new URL(await walk(location, "fifi")), cookie };
  };
  for (const { name, forge, problem } of cases) {
    await t.step(name, async () => {
      const { back, cookie } = await forge(await attempt(), await attempt());
      const { location, session } = await site.comeBack(back.href, cookie);
      assertEquals(session !== "", problem === undefined, location);
      assertEquals(location, problem ? `/login?problem=${problem}` : "/");
      if (problem === undefined) return;
      const { text } = await running.request(location);
      assertMatch(text, /role="alert" >[A-Z]/);
    });
  }
  await t.step("none of it was logged", () => {
    const log = running.logLines.join("\n");
    assertMatch(log, /"result":"provider_denied".*"reason":"access_denied"/);
    assertMatch(log, /"result":"provider_invalid".*"reason":"invalid_grant"/);
    for (const secret of [CLIENT_SECRET, "code=", "state="]) {
      assert(!log.includes(secret), secret);
    }
  });
});
