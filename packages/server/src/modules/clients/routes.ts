import {
  adminClientCreate,
  adminClientDelete,
  adminClientGet,
  adminClientList,
  adminClientRevoke,
  adminClientRotate,
  adminClientUpdate,
} from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import {
  type ClientParts,
  changeClient,
  createClient,
  findClients,
  getClient,
  removeClient,
  revokeClient,
  rotateClient,
} from "./service.ts";
import type { ClientRow } from "./store.ts";
import { toApiClient } from "./views.ts";

export function clientRoutes(parts: ClientParts): readonly Binding[] {
  const show = (row: ClientRow) => toApiClient(row, parts.clock());
  return [
    bind(adminClientCreate, async ({ db, caller, address, body }) => {
      const { row, clientSecret } = await createClient(db, parts, { caller, address }, body);
      return { value: { ...show(row), clientSecret } };
    }),
    bind(adminClientList, async ({ db, caller }) => {
      const rows = await findClients(db, caller);
      return { value: rows.map(show), count: rows.length };
    }),
    bind(adminClientGet, async ({ db, caller, params }) => ({
      value: show(await getClient(db, caller, params.clientId)),
    })),
    bind(adminClientUpdate, async ({ db, caller, address, params, body }) => {
      return { value: show(await changeClient(db, { caller, address }, params.clientId, body)) };
    }),
    bind(adminClientRotate, async ({ db, caller, address, params, body }) => {
      // Without a body there is none, whatever the schema says.
      const overlapSec = body?.overlapSec ?? 0;
      const rotated = await rotateClient(db, parts, { caller, address }, params.clientId, overlapSec);
      return { value: { ...show(rotated.row), clientSecret: rotated.clientSecret } };
    }),
    bind(adminClientRevoke, async ({ db, caller, address, params }) => {
      return { value: show(await revokeClient(db, parts, { caller, address }, params.clientId)) };
    }),
    bind(adminClientDelete, async ({ db, caller, address, params }) => {
      await removeClient(db, { caller, address }, params.clientId);
      return { empty: true };
    }),
  ];
}
