-- API clients, signing keys, identity providers (docs/decisions/0011-clients-and-keys.md).

CREATE TABLE api_client (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name text NOT NULL,
  -- Whose it is, and with whom it goes; null: the subscription's.
  user_id integer,
  modules text[] NOT NULL CHECK (cardinality(modules) > 0),
  -- Of a subscription's client; a user's has what the user has.
  permissions text[] NOT NULL DEFAULT '{}',
  has_full_scope boolean NOT NULL DEFAULT false,
  scope_tag_ids integer[] NOT NULL DEFAULT '{}',
  -- SHA-256 of id and secret.
  secret_hash bytea NOT NULL,
  former_secret_hash bytea,
  former_secret_until timestamptz,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  PRIMARY KEY (subscription_id, id),
  FOREIGN KEY (subscription_id, user_id) REFERENCES app_user (subscription_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX api_client_name ON api_client (subscription_id, lower(name));
-- A log-in names no subscription.
CREATE UNIQUE INDEX api_client_id ON api_client (id);
CREATE INDEX api_client_by_user ON api_client (subscription_id, user_id) WHERE user_id IS NOT NULL;

-- One key of each algorithm signs; nodes that started at once could have made two.
UPDATE signing_key k SET retired_at = now()
WHERE retired_at IS NULL AND EXISTS (
  SELECT FROM signing_key o WHERE o.algorithm = k.algorithm AND o.retired_at IS NULL
    AND (o.created_at, o.id) > (k.created_at, k.id));
CREATE UNIQUE INDEX signing_key_current ON signing_key (algorithm) WHERE retired_at IS NULL;

-- Whose tokens a subscription accepts. Keys come from jwks_url or from certificates, never from both.
CREATE TABLE identity_provider (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  id integer GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  issuer text NOT NULL,
  audience text NOT NULL,
  jwks_url text,
  -- PEM, certificates or public keys.
  certificates text[] NOT NULL DEFAULT '{}',
  -- Claim that names the user.
  user_claim text NOT NULL CHECK (user_claim IN ('sub', 'email')),
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (subscription_id, id),
  CHECK ((jwks_url IS NULL) <> (certificates = '{}'))
);
CREATE UNIQUE INDEX identity_provider_name ON identity_provider (subscription_id, lower(name));
-- Across subscriptions: one token must not mean two users.
CREATE UNIQUE INDEX identity_provider_key ON identity_provider (issuer, audience);
-- Users by e-mail address, for those that a provider names so.
CREATE INDEX app_user_email ON app_user (subscription_id, lower(email)) WHERE email IS NOT NULL;
