import type { TokenTable } from "../token-table.ts";
import { token } from "../token-table.ts";

/** What the `filter` of project file lists may use. These tokens have no prefix. */
export const projectFileTable: TokenTable = {
  id: "project-files",
  title: "Project files",
  description: "For the `filter` and `sort` of project file lists.",
  tokens: [
    token("name", "text", "Name of the file.", 'name:"Line 4"'),
    token("vendor", "text", "Vendor of the engineering tool.", "vendor:Rockwell"),
    token("status", "keyword", "How well the file could be read.", "status:PROCESSED", {
      values: ["PROCESSED", "PARTIAL", "FAILED"],
    }),
    token("fileHash", "keyword", "SHA-256 of the file.", "fileHash:9f86d081*", { storedCase: "lower" }),
    token("engineeringToolName", "text", "Engineering tool that wrote the file.", 'engineeringToolName:"Studio 5000"'),
    token("engineeringToolVersion", "text", "Version of the engineering tool.", "engineeringToolVersion:`33.01`"),
    token("plantLocation", "text", "Plant that the file belongs to.", "plantLocation:Rotterdam"),
    token("uploadedBy", "text", "Who uploaded the file.", "uploadedBy:`jane`"),
    token("lastUpdated", "date", "Last change.", "lastUpdated>now-30d"),
    token("assetCount", "integer", "Number of hosts that the file names.", "assetCount>0"),
  ],
  groups: [],
  foreign: [],
};
