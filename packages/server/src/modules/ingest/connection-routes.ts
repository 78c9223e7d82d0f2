import {
  ingestConnectionCreate,
  ingestConnectionDelete,
  ingestConnectionGet,
  ingestConnectionList,
  ingestConnectionUpdate,
} from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import {
  type ConnectionParts,
  changeConnection,
  createConnection,
  findConnection,
  removeConnection,
} from "./connection-service.ts";
import { listConnections } from "./connection-store.ts";
import { toConnection } from "./views.ts";

export function connectionRoutes(parts: ConnectionParts): readonly Binding[] {
  return [
    bind(ingestConnectionCreate, async ({ db, caller, address, body }) => {
      return { value: toConnection(await createConnection(db, { caller, address }, body)) };
    }),
    bind(ingestConnectionList, async ({ db }) => {
      const rows = await listConnections(db);
      return { value: rows.map(toConnection), count: rows.length };
    }),
    bind(ingestConnectionGet, async ({ db, params }) => {
      return { value: toConnection(await findConnection(db, params.connectionId)) };
    }),
    bind(ingestConnectionUpdate, async ({ db, caller, address, params, body }) => {
      const wanted = { id: params.connectionId, change: body };
      return { value: toConnection(await changeConnection(db, parts, { caller, address }, wanted)) };
    }),
    bind(ingestConnectionDelete, async ({ db, caller, address, params, query }) => {
      const wanted = { id: params.connectionId, confirm: query.confirm };
      await removeConnection(db, parts, { caller, address }, wanted);
      return { empty: true };
    }),
  ];
}
