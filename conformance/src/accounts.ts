import { expect } from "vitest";
import { bodyOf, call, get, logIn, postAuth } from "./http.ts";
import type { Login, Target } from "./target.ts";

/** The documented answer to every refused log-in (platform.md 2.1). */
export const REFUSED =
  '{"authentication_exceptions":[["Authentication Failure: 1 errors, 0 successes:authenticationFailure.InvalidCredentialsException"]]}';
export const PASSWORD = "a-long-pass-phrase-1";

/** What a Manager does to the accounts of the subscription; logs in anew each time, since tests move the clock. */
export class Accounts {
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
  }

  /** A user with {@link PASSWORD}. @returns the id */
  async create(username: string, role = "Reader"): Promise<number> {
    const json = { username, password: PASSWORD, role };
    return (await this.send<{ id: number }>("POST", "/admin/1.0/user/create", json, 201)).id;
  }

  change(userId: number, json: object): Promise<unknown> {
    return this.send("PUT", `/admin/1.0/user/${userId}`, json);
  }

  async remove(userId: number): Promise<void> {
    const token = await logIn(this.#target);
    const response = await call(this.#target, "DELETE", `/admin/1.0/user/${userId}`, { token });
    expect(response.status).toBe(204);
  }

  /** Of the first subscription. */
  setPolicy(json: object): Promise<unknown> {
    return this.send("PUT", "/admin/1.0/subscription/1", json);
  }

  /** @returns id of a new role that reads OT hosts */
  async createRole(name: string, access: { hasApiAccess: boolean; hasUiAccess: boolean }): Promise<number> {
    const json = { name, ...access, permissions: ["VMDR OT.API.ACCESS"] };
    return (await this.send<{ id: number }>("POST", "/admin/1.0/role/create", json, 201)).id;
  }

  async send<T>(method: string, path: string, json: object, status = 200): Promise<T> {
    const token = await logIn(this.#target);
    return bodyOf<T>(await call(this.#target, method, path, { token, json }), status);
  }
}

/** `POST /auth`, not expected to succeed. */
export function tryLogIn(target: Target, { username, password }: Login): Promise<Response> {
  return postAuth(target, new URLSearchParams({ username, password }).toString());
}

export function changePassword(target: Target, login: Login, newPassword: string): Promise<Response> {
  return call(target, "POST", "/auth/password", {
    body: new URLSearchParams({ ...login, newPassword }).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
}

/** Status of a call that every reader of OT hosts may make. */
export async function callStatus(target: Target, token: string, headers: Record<string, string> = {}): Promise<number> {
  return (await get(target, "/ot/1.0/host/count", token, headers)).status;
}
