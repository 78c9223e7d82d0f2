import {
  etmReportScheduleCreate,
  etmReportScheduleDelete,
  etmReportScheduleGet,
  etmReportScheduleList,
  etmReportScheduleRun,
  etmReportScheduleUpdate,
} from "@breakwater/contract";
import { toOtPage } from "@breakwater/contract/schemas/paging";
import { type Binding, bind } from "../../binding.ts";
import { runSchedule, type ScheduleParts } from "./run-schedule.ts";
import { assertMayChange, changeSchedule, createSchedule, findSchedule, removeSchedule } from "./service.ts";
import { listSchedules } from "./store.ts";
import { toSchedule } from "./views.ts";

export function scheduleRoutes(parts: ScheduleParts): readonly Binding[] {
  const nowOf = () => new Date(parts.clock());
  return [
    bind(etmReportScheduleCreate, async ({ db, caller, address, body }) => {
      return { value: toSchedule(await createSchedule(db, { caller, address }, body, nowOf())) };
    }),
    bind(etmReportScheduleList, async ({ db, caller, query }) => {
      const { rows, count } = await listSchedules(db, caller, nowOf(), toOtPage(query));
      return { value: rows.map(toSchedule), count };
    }),
    bind(etmReportScheduleGet, async ({ db, caller, params }) => {
      return { value: toSchedule(await findSchedule(db, caller, params.scheduleId, nowOf())) };
    }),
    bind(etmReportScheduleUpdate, async ({ db, caller, address, params, body }) => {
      const wanted = { id: params.scheduleId, change: body };
      return { value: toSchedule(await changeSchedule(db, { caller, address }, wanted, nowOf())) };
    }),
    bind(etmReportScheduleRun, async ({ db, caller, address, params }) => {
      const row = await findSchedule(db, caller, params.scheduleId, nowOf());
      assertMayChange(caller, row);
      await runSchedule(parts, { subscriptionId: caller.subscriptionId, id: row.id }, { caller, address });
      return { value: toSchedule(await findSchedule(db, caller, row.id, nowOf())) };
    }),
    bind(etmReportScheduleDelete, async ({ db, caller, address, params }) => {
      await removeSchedule(db, { caller, address }, params.scheduleId, nowOf());
      return { empty: true };
    }),
  ];
}
