import { Type } from "typebox";

export const SERVICE_LEVEL_NAMES = ["Express", "Standard", "Enterprise", "Premium", "Custom"] as const;

export const SubscriptionName = Type.String({
  minLength: 1,
  maxLength: 200,
  description: "Visible characters, as in a user name",
});

export const ServiceLevel = Type.Enum(SERVICE_LEVEL_NAMES, {
  description: "Custom is Standard until limits are set",
});

/** How its users log in: platform.md 3. */
export const SUBSCRIPTION_POLICY = {
  lockoutThreshold: Type.Integer({
    minimum: 0,
    maximum: 1000,
    description: "Wrong passwords in a row that lock a user; 0: none do",
  }),
  lockoutMinutes: Type.Integer({
    minimum: 0,
    maximum: 525_600,
    description: "How long a user stays locked; 0: until somebody unlocks it",
  }),
  passwordMaxAgeDays: Type.Integer({
    minimum: 0,
    maximum: 36_500,
    description: "Age at which a password ends; 0: it does not",
  }),
  ipAllowList: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
    maxItems: 1000,
    description: "Addresses and CIDR networks that users and clients may call from; empty: any",
  }),
};

/** One tenant of the installation. */
export const Subscription = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  isOperator: Type.Boolean({ description: "The first one, which runs the installation" }),
  serviceLevel: Type.String(),
  ...SUBSCRIPTION_POLICY,
  userCount: Type.Integer(),
  created: Type.String({ format: "date-time" }),
});

export const SubscriptionParams = Type.Object({
  subscriptionId: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }),
});
