import { expect, it } from "vitest";
import { readScan } from "./read-scan.fixture.ts";

/** What a report says of the run that made it: one that did not come to its end closes nothing. */
const REPORTS: [name: string, isComplete: boolean, report: string][] = [
  ["OpenVAS, done", true, openvas("<scan_run_status>Done</scan_run_status>")],
  ["OpenVAS, a report without the word", true, openvas("")],
  ["OpenVAS, stopped", false, openvas("<scan_run_status>Stopped</scan_run_status>")],
  ["OpenVAS, interrupted", false, openvas("<scan_run_status>Interrupted</scan_run_status>")],
  ["OpenVAS, running", false, openvas("<scan_run_status>Running</scan_run_status>")],
  ["OpenVAS, stop requested", false, openvas("<scan_run_status>Stop Requested</scan_run_status>")],
  ["OpenVAS, all rows", true, openvas("", "<result_count>9<full>9</full><filtered>1</filtered></result_count>")],
  ["OpenVAS, a page", false, openvas("", "<result_count>9<full>9</full><filtered>2</filtered></result_count>")],
  ["Nexpose, finished", true, nexpose('<scan id="1" status="finished"/>')],
  ["Nexpose, stopped", false, nexpose('<scan id="1" status="stopped"/>')],
  ["Nexpose, one of two", false, nexpose('<scan id="1" status="error"/><scan id="2" status="finished"/>')],
  ["Qualys, finished", true, qualys("FINISHED")],
  ["Qualys, cancelled", false, qualys("CANCELED")],
  ["Nmap, ended", true, nmap("", "success")],
  ["Nmap, a host that was given up", false, nmap('timedout="true"', "success")],
  ["Nmap, ended with an error", false, nmap("", "error")],
];

it.each(REPORTS)("%s: complete is %s", async (_name, isComplete, report) => {
  async function* source() {
    yield Buffer.from(`<?xml version="1.0"?>${report}`);
  }
  const { events } = await readScan(source());
  expect(events.filter(({ type }) => type === "finding")).toHaveLength(1);
  expect(events.at(-1)).toEqual({ type: "end", isComplete });
  expect(events.filter(({ type }) => type === "issue")).toHaveLength(isComplete ? 0 : 1);
});

function openvas(status: string, count = ""): string {
  const nvt = '<nvt oid="1.3.6.1"><name>t</name><cvss_base>5.0</cvss_base></nvt>';
  const result = `<result><host>192.0.2.1</host><port>80/tcp</port>${nvt}<severity>5.0</severity></result>`;
  return `<report><report>${status}<results>${result}</results>${count}</report></report>`;
}

function nexpose(scans: string): string {
  const test = '<tests><test id="t" status="vulnerable-version"/></tests>';
  const definition =
    '<VulnerabilityDefinitions><vulnerability id="t" title="t" severity="5"/></VulnerabilityDefinitions>';
  const node = `<nodes><node address="192.0.2.1" status="alive">${test}</node></nodes>`;
  return `<NexposeReport version="2.0"><scans>${scans}</scans>${node}${definition}</NexposeReport>`;
}

function qualys(status: string): string {
  const vuln =
    '<VULNS><CAT port="80" protocol="tcp"><VULN number="7" severity="3"><TITLE>t</TITLE></VULN></CAT></VULNS>';
  return `<SCAN><HEADER><KEY value="STATUS">${status}</KEY></HEADER><IP value="192.0.2.1">${vuln}</IP></SCAN>`;
}

function nmap(host: string, exit: string): string {
  const script = '<script id="vulners" output="CVE-2020-1111  5.0  https://vulners.example"/>';
  const port = `<ports><port protocol="tcp" portid="22">${script}</port></ports>`;
  const head = '<status state="up"/><address addr="192.0.2.1" addrtype="ipv4"/>';
  return `<nmaprun><host ${host}>${head}${port}</host><runstats><finished exit="${exit}"/></runstats></nmaprun>`;
}
