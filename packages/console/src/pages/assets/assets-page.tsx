import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { SaveReport } from "../../parts/save-report.tsx";
import { SearchList } from "../../parts/search/search-list.tsx";
import { assetKind } from "./asset-kind.tsx";

export function AssetsPage() {
  return (
    <SearchList
      kind={assetKind}
      actions={({ q }) => (
        <>
          <Button variant="default" renderRoot={(props) => <Link to="/findings" search={{ assets: q }} {...props} />}>
            Findings of these
          </Button>
          <SaveReport findingsQql={undefined} assetQql={q} />
        </>
      )}
    />
  );
}
