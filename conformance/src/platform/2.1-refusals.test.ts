import { expect } from "vitest";
import { Accounts, changePassword, PASSWORD, REFUSED, tryLogIn } from "../accounts.ts";
import { HandClock, ownTest, useOwnTarget } from "../target.ts";

const clock = new HandClock("2025-09-01T08:00:00Z");
const target = useOwnTarget({ clock: clock.read });
const accounts = new Accounts(target);

/** Makes a user who may not log in. */
const states: Record<string, (username: string) => Promise<void>> = {
  disabled: async (username) => {
    await accounts.change(await accounts.create(username), { status: "INACTIVE" });
  },
  locked: async (username) => {
    await accounts.setPolicy({ lockoutThreshold: 2 });
    await accounts.create(username);
    for (const password of ["wrong-1", "wrong-2"]) await tryLogIn(target, { username, password });
  },
  expired: async (username) => {
    await accounts.create(username);
    await accounts.setPolicy({ passwordMaxAgeDays: 1 });
    clock.advance(86_400);
  },
  SSO: async (username) => {
    await accounts.change(await accounts.create(username), { ssoOnly: true });
  },
  "UI-only": async (username) => {
    await accounts.createRole("console only", { hasApiAccess: false, hasUiAccess: true });
    await accounts.create(username, "console only");
  },
};

const visible = (response: Response) =>
  [...response.headers].filter(([name]) => name !== "date" && name !== "x-request-id");

for (const [state, make] of Object.entries(states)) {
  ownTest(
    `platform 2.1 [B]: a user who is ${state} gets the very same 401 for the right and a wrong password`,
    async () => {
      const username = `${state}_user`;
      await make(username);
      const unknown = await tryLogIn(target, { username: `no_${username}`, password: PASSWORD });
      expect(await unknown.text()).toBe(REFUSED);
      for (const password of [PASSWORD, "wrong"]) {
        const response = await tryLogIn(target, { username, password });
        expect(response.status).toBe(401);
        expect(await response.text()).toBe(REFUSED);
        expect(visible(response)).toEqual(visible(unknown));
      }
      if (state === "expired") return;
      const response = await changePassword(target, { username, password: PASSWORD }, "a-new-pass-phrase-2");
      expect(response.status).toBe(401);
      expect(await response.text()).toBe(REFUSED);
    },
  );
}
