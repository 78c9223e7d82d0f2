import { SearchList } from "../../parts/search/search-list.tsx";
import { detectionKind } from "./detection-kind.tsx";

export function OtDetectionsPage() {
  return <SearchList kind={detectionKind} />;
}
