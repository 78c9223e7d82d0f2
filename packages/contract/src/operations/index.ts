import type { Operation } from "../operation.ts";
import { adminTagCreate } from "./admin.tag.create.ts";
import { adminTagList } from "./admin.tag.list.ts";
import { adminUserCreate } from "./admin.user.create.ts";
import { adminUserList } from "./admin.user.list.ts";
import { authTokenCreate } from "./auth.token.create.ts";
import { etmReportDelete } from "./etm.report.delete.ts";
import { etmReportDownload } from "./etm.report.download.ts";
import { etmReportGet } from "./etm.report.get.ts";
import { etmReportList } from "./etm.report.list.ts";
import { etmReportPart } from "./etm.report.part.ts";
import { etmReportSubmit } from "./etm.report.submit.ts";
import { ingestImportCreate } from "./ingest.import.create.ts";
import { ingestImportGet } from "./ingest.import.get.ts";
import { ingestImportList } from "./ingest.import.list.ts";
import { otHostCount } from "./ot.host.count.ts";
import { otHostList } from "./ot.host.list.ts";

export {
  adminTagCreate,
  adminTagList,
  adminUserCreate,
  adminUserList,
  authTokenCreate,
  etmReportDelete,
  etmReportDownload,
  etmReportGet,
  etmReportList,
  etmReportPart,
  etmReportSubmit,
  ingestImportCreate,
  ingestImportGet,
  ingestImportList,
  otHostCount,
  otHostList,
};

/** The table: every operation of the API, and nothing that is not one. */
export const OPERATIONS: readonly Operation[] = [
  adminTagCreate,
  adminTagList,
  adminUserCreate,
  adminUserList,
  authTokenCreate,
  etmReportDelete,
  etmReportDownload,
  etmReportGet,
  etmReportList,
  etmReportPart,
  etmReportSubmit,
  ingestImportCreate,
  ingestImportGet,
  ingestImportList,
  otHostCount,
  otHostList,
];
