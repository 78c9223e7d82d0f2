-- Accounts, business units, policies of a subscription.

-- Accounts: log-in and its policy (modules/auth; docs/decisions/0010-accounts.md) ------------------------------------

ALTER TABLE app_user
  ADD COLUMN password_changed_at timestamptz NOT NULL DEFAULT now(),
  -- Raised by whoever changes the password: tokens carry it, and those of a lower one are dead.
  ADD COLUMN token_generation integer NOT NULL DEFAULT 0,
  -- Comes in through an identity provider only; the password hash is not looked at.
  ADD COLUMN is_sso_only boolean NOT NULL DEFAULT false,
  -- Wrong passwords since the last log-in.
  ADD COLUMN failed_logins integer NOT NULL DEFAULT 0,
  -- Of a LOCKED user: from then on it counts as ACTIVE. Null: until somebody unlocks it.
  ADD COLUMN locked_until timestamptz;

ALTER TABLE subscription
  -- Wrong passwords that lock a user; 0: never.
  ADD COLUMN lockout_threshold integer NOT NULL DEFAULT 10 CHECK (lockout_threshold BETWEEN 0 AND 1000),
  -- 0: until somebody unlocks the user.
  ADD COLUMN lockout_minutes integer NOT NULL DEFAULT 30 CHECK (lockout_minutes BETWEEN 0 AND 525600),
  -- 0: passwords do not expire.
  ADD COLUMN password_max_age_days integer NOT NULL DEFAULT 0 CHECK (password_max_age_days BETWEEN 0 AND 36500),
  -- Addresses and CIDR networks, IPv4 and IPv6, that its users and clients may call from; none: any.
  ADD COLUMN allowed_addresses text[] NOT NULL DEFAULT '{}';

-- A scope tag covers the tags below it, which every reading of a user looks for.
CREATE INDEX tag_by_parent ON tag (subscription_id, parent_id) WHERE parent_id IS NOT NULL;

-- Business units (docs/decisions/0012-units-and-subscriptions.md) ------------------------------------------------------

-- Some of a subscription's users and the scope that theirs stays within. Who belongs to a unit and manages users manages
-- those of the unit only. The rules are kept when something is written, so whoever reads a user's scope need not look
-- here: app_user.has_full_scope and scope_tag_ids say all. What the reader does add are the descendants of those tags: a
-- tag stands for all below it (tag.parent_id), in a user's scope as in a unit's.
CREATE TABLE business_unit (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  id integer GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  description text NOT NULL DEFAULT '',
  scope_tag_ids integer[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (subscription_id, id)
);
CREATE UNIQUE INDEX business_unit_name ON business_unit (subscription_id, lower(name));

-- A member never has full scope, and each of its tags is one of the unit's or below one.
ALTER TABLE app_user
  ADD COLUMN business_unit_id integer,
  ADD FOREIGN KEY (subscription_id, business_unit_id) REFERENCES business_unit (subscription_id, id),
  ADD CHECK (business_unit_id IS NULL OR NOT has_full_scope);
