import { Type } from "typebox";

/** An installation that answers this contract, and where (platform.md 7). */
export const Platform = Type.Object({
  name: Type.String(),
  gatewayUrl: Type.String(),
  apiUrl: Type.String(),
  consoleUrl: Type.String(),
  usernameMarker: Type.Union([Type.String(), Type.Null()], {
    description: "What in a user name tells that its account lives here; null: nothing does",
  }),
  isSelf: Type.Boolean(),
});
