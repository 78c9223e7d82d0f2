import type { ModuleContext, ServerModule } from "../../context.ts";
import { createRiskRuleTask } from "./expiry-task.ts";
import { riskRuleRoutes } from "./routes.ts";

/** Risk factors and compensating factors: rules that raise and lower scores. */
export function createRiskRulesModule({ db, clock, jobs }: ModuleContext): ServerModule {
  return { bindings: riskRuleRoutes({ clock, jobs: () => jobs }), tasks: [createRiskRuleTask(db, clock)] };
}
