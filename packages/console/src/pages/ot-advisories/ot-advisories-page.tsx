import { otAdvisoryList, type ResultOf } from "@breakwater/client";
import { otAdvisoryTable } from "@breakwater/domain/query/index";
import { ForeignLink, RecordLink } from "../../parts/links.tsx";
import { Mark } from "../../parts/marks.tsx";
import { toOtQuery, toPage } from "../../parts/search/read-page.ts";
import { type SearchKind, SearchList } from "../../parts/search/search-list.tsx";
import { shorten } from "../../parts/shorten.ts";
import { Time, toNumber } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";

type Advisory = ResultOf<typeof otAdvisoryList>[number];

const kind: SearchKind<Advisory> = {
  title: "OT advisories",
  id: otAdvisoryList.id,
  table: otAdvisoryTable,
  hint: 'advisory.title:"denial of service" AND advisory.detectionCount>0',
  defaultSort: "advisory.detectionCount:desc,advisory.updatedDate:desc",
  examples: [
    ["About hosts of ours", "advisory.detectionCount>0"],
    ["Updated this month", "advisory.updatedDate>now-1M"],
    ["Withdrawn", "advisory.withdrawal is not null"],
  ],
  keyOf: ({ id, publisher }) => `${publisher} ${id}`,
  columns: [
    {
      label: "Detections",
      sortBy: "advisory.detectionCount",
      isRight: true,
      render: ({ qid, detectionCount }) =>
        detectionCount === 0 ? (
          0
        ) : (
          <RecordLink to="/ot/detections" search={{ q: `vulnerabilities.qid:${qid}` }}>
            {toNumber(detectionCount)}
          </RecordLink>
        ),
    },
    {
      label: "Advisory",
      sortBy: "advisory.title",
      isWide: true,
      render: ({ id, title, url, cveIds, isFinal, withdrawal }) => (
        <>
          {title} {!isFinal && <Mark band="none">draft</Mark>}{" "}
          {withdrawal !== null && (
            <Mark band="none" hint={withdrawal}>
              withdrawn
            </Mark>
          )}
          <div className="quiet">
            {url === null ? id : <ForeignLink href={url} text={id} />} {shorten(cveIds)}
          </div>
        </>
      ),
    },
    { label: "Publisher", sortBy: "advisory.publisher", render: ({ publisher }) => publisher },
    { label: "Products", sortBy: "advisory.productCount", isRight: true, render: (one) => toNumber(one.productCount) },
    { label: "Released", sortBy: "advisory.releasedDate", render: ({ releasedDate }) => <Time at={releasedDate} /> },
    { label: "Updated", sortBy: "advisory.updatedDate", render: ({ updatedDate }) => <Time at={updatedDate} /> },
  ],
  read: async (request) => {
    const answer = await call(otAdvisoryList, { query: toOtQuery(request), signal: request.signal });
    return toPage(answer, await answer.json());
  },
};

export function OtAdvisoriesPage() {
  return <SearchList kind={kind} />;
}
