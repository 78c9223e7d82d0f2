import { etmEntityList, type ResultOf } from "@breakwater/client";
import type { Command } from "commander";
import type { Noun } from "../../noun.ts";
import { addListCommand, addShowCommand } from "../../noun-commands.ts";
import type { Session } from "../../session.ts";

type Entity = ResultOf<typeof etmEntityList>[number];

const PAGE_SIZE = 1000;

const ENTITIES: Noun<Entity> = {
  one: "business entity",
  many: "business entities",
  columns: [
    ["Entity", (entity) => entity.name],
    ["TruRisk", (entity) => entity.truRiskScore],
    ["Class", (entity) => entity.truRiskBand],
    ["Criticality", (entity) => entity.criticality],
    ["Assets", (entity) => entity.assetCount],
    ["Critical", (entity) => entity.openByBand.CRITICAL],
    ["High", (entity) => entity.openByBand.HIGH],
    ["Medium", (entity) => entity.openByBand.MEDIUM],
    ["Low", (entity) => entity.openByBand.LOW],
  ],
  readAll: readEntities,
  namesOf: (entity) => [entity.name, String(entity.id)],
};

/** `breakwater entity …`: tags with their scores, those at most risk first. */
export function addEntityCommands(program: Command): void {
  const entity = program.command("entity").summary("look at business entities: tags with their scores");
  addListCommand(entity, ENTITIES);
  addShowCommand(entity, ENTITIES);
}

async function readEntities(session: Session): Promise<Entity[]> {
  const entities: Entity[] = [];
  const sort = '[{"entity.riskScore":"desc"}]';
  for (let pageNumber = 0; ; pageNumber++) {
    const query = { sort, pageNumber, pageSize: PAGE_SIZE };
    const page = await (await session.call(etmEntityList, { query })).json();
    entities.push(...page);
    if (page.length < PAGE_SIZE) return entities;
  }
}
