import { authPasswordChange, authTokenCreate } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import type { AuthService } from "./service.ts";

/** The documented answer to every refused log-in, whatever the reason (platform.md 2.1). */
const REFUSED = {
  authentication_exceptions: [
    ["Authentication Failure: 1 errors, 0 successes:authenticationFailure.InvalidCredentialsException"],
  ],
};

export function authRoutes(service: AuthService): readonly Binding[] {
  return [
    bind(authTokenCreate, async ({ body, address }) => {
      const result = await service.login(body, address);
      if (result.kind === "refused") return { status: 401, value: REFUSED };
      return { status: 201, text: result.token, contentType: "text/plain;charset=UTF-8" };
    }),
    bind(authPasswordChange, async ({ body, address }) => {
      const { kind } = await service.changePassword(body, address);
      return kind === "refused" ? { status: 401, value: REFUSED } : { empty: true };
    }),
  ];
}
