/** The operations that {@link Client.call} takes: the table of the contract. */
export {
  adminTagCreate,
  adminTagList,
  adminUserCreate,
  adminUserList,
  etmReportDownload,
  etmReportGet,
  etmReportPart,
  etmReportSubmit,
  ingestImportCreate,
  ingestImportGet,
  ingestImportList,
  otHostCount,
  otHostList,
} from "@breakwater/contract";
export {
  ApiError,
  type CallOptions,
  type CallResult,
  type Client,
  type ClientOptions,
  createClient,
} from "./client.ts";
