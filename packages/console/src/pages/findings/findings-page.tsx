import { assetTable } from "@breakwater/domain/query/index";
import { Button } from "@mantine/core";
import { useState } from "react";
import { SaveReport } from "../../parts/save-report.tsx";
import type { ListSearch } from "../../parts/search/list-search.ts";
import { SearchBox } from "../../parts/search/search-box.tsx";
import { SearchList } from "../../parts/search/search-list.tsx";
import { findingKind } from "./finding-kind.tsx";

export function FindingsPage() {
  return (
    <SearchList
      kind={findingKind}
      actions={({ q, assets }) => <SaveReport findingsQql={q} assetQql={assets} />}
      more={(search, change) => <AssetQuery search={search} onChange={change} />}
    />
  );
}

/** Findings of certain assets only: the API asks for those by a query of their own. */
function AssetQuery({ search, onChange }: { search: ListSearch; onChange: (next: ListSearch) => void }) {
  const { page: _page, after: _after, assets = "", ...rest } = search;
  const [isOpen, setOpen] = useState(assets !== "");
  if (!isOpen && assets === "") {
    return (
      <div>
        <Button variant="subtle" size="compact-xs" onClick={() => setOpen(true)}>
          Of certain assets only …
        </Button>
      </div>
    );
  }
  return (
    <SearchBox
      table={assetTable}
      label="Query over the assets of the findings"
      hint="Of assets: asset.tag.name:`Line 1`"
      query={assets}
      onRun={(query) => onChange({ ...rest, ...(query === "" ? {} : { assets: query }) })}
    />
  );
}
