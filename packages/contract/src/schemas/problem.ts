import { Type } from "typebox";

/** Error body: `status`, `error`, `message` always; the RFC 9457 members beside them. */
export const Problem = Type.Object({
  status: Type.Integer(),
  error: Type.String(),
  message: Type.String(),
  type: Type.Optional(Type.String()),
  title: Type.Optional(Type.String()),
  detail: Type.Optional(Type.String()),
  instance: Type.Optional(Type.String()),
});
