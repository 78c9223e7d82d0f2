import { Text } from "@mantine/core";
import { RecordLink } from "../../parts/links.tsx";
import { Panel } from "../../parts/page.tsx";
import classes from "./chassis.module.css";
import type { HostDetail } from "./ot-host-page.tsx";

type Module = HostDetail["modules"][number];

/** Gaps of more slots than these are not drawn. */
const MOST_GAP = 4;

/** The modules as they stand: a row a rack, a card a slot. A gap is what no source told of, which need not be empty. */
export function Chassis({ modules }: { modules: readonly Module[] }) {
  const racks = Map.groupBy(modules, ({ rack }) => rack);
  return (
    <Panel title="Modules">
      {[...racks].map(([rack, own]) => (
        <section key={rack} aria-label={rack === null ? "Chassis" : `Rack ${rack}`}>
          <Text size="xs" c="dimmed" mb={4}>
            {rack === null ? "Chassis" : `Rack ${rack}`}
          </Text>
          <div className={classes.rack}>
            {toSlots(own).map(({ slot, module }) =>
              module === undefined ? (
                <div key={slot} className={`${classes.slot} ${classes.gap}`}>
                  {slot}
                </div>
              ) : (
                <Slot key={slot} module={module} />
              ),
            )}
          </div>
        </section>
      ))}
    </Panel>
  );
}

function Slot({ module }: { module: Module }) {
  const { slot, orderNumber, catalogNumber, model, manufacturer, type, firmwareVersion, hostAddress } = module;
  const name = orderNumber ?? catalogNumber ?? model ?? type ?? "unknown";
  return (
    <div className={classes.slot}>
      <div className={classes.number}>{slot}</div>
      <div className={classes.name}>{name}</div>
      <div className="quiet">{[manufacturer, type === name ? null : type].filter(Boolean).join(", ")}</div>
      {firmwareVersion !== null && <div className="mono">{firmwareVersion}</div>}
      {module.serialNumber !== null && <div className="quiet">serial {module.serialNumber}</div>}
      {hostAddress !== null && (
        <RecordLink to="/ot/hosts" search={{ q: `interfaces.address:"${hostAddress}"` }}>
          a host at {hostAddress}
        </RecordLink>
      )}
    </div>
  );
}

/** The slots in order, with the gaps between them. */
function toSlots(modules: readonly Module[]): { slot: number; module?: Module }[] {
  const sorted = modules.toSorted((one, other) => one.slot - other.slot);
  return sorted.flatMap((module, index) => {
    const before = sorted[index - 1]?.slot ?? module.slot - 1;
    const missing = Math.max(0, module.slot - before - 1);
    const gap = missing > MOST_GAP ? [] : Array.from({ length: missing }, (_, at) => ({ slot: before + 1 + at }));
    return [...gap, { slot: module.slot, module }];
  });
}
