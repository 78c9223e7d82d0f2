/**
 * The only place that reads the environment. Names are part of the contract (cli.md); an unset or empty variable is
 * undefined.
 */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env) {
  const text = (name: string): string | undefined => env[name]?.trim() || undefined;
  /** As it is: a blank at an end may be part of it. */
  const secret = (name: string): string | undefined => env[name] || undefined;
  return {
    host: text("BREAKWATER_HOST"),
    port: text("BREAKWATER_PORT"),
    dataDir: text("BREAKWATER_DATA_DIR"),
    importDir: text("BREAKWATER_IMPORT_DIR"),
    databaseUrl: text("DATABASE_URL"),
    postgresBinDir: text("BREAKWATER_POSTGRES_BIN_DIR"),
    valkeyUrl: text("BREAKWATER_VALKEY_URL"),
    publicUrl: text("BREAKWATER_PUBLIC_URL"),
    trustedProxies: text("BREAKWATER_TRUSTED_PROXIES"),
    metricsFrom: text("BREAKWATER_METRICS_FROM"),
    tlsCert: text("BREAKWATER_TLS_CERT"),
    tlsKey: text("BREAKWATER_TLS_KEY"),
    tlsSelfSigned: text("BREAKWATER_TLS_SELF_SIGNED"),
    insecureHttp: text("BREAKWATER_INSECURE_HTTP"),
    retiredStatus: text("BREAKWATER_RETIRED_STATUS"),
    platformsFile: text("BREAKWATER_PLATFORMS_FILE"),
    profile: text("BREAKWATER_PROFILE"),
    adminUsername: text("BREAKWATER_ADMIN_USERNAME"),
    adminPassword: secret("BREAKWATER_ADMIN_PASSWORD"),
    logLevel: text("BREAKWATER_LOG_LEVEL"),
    maxUploadBytes: text("BREAKWATER_MAX_UPLOAD_BYTES"),
    jobConcurrency: text("BREAKWATER_JOB_CONCURRENCY"),
    trendRetentionDays: text("BREAKWATER_TREND_RETENTION_DAYS"),
    url: text("BREAKWATER_URL"),
    username: text("BREAKWATER_USERNAME"),
    password: secret("BREAKWATER_PASSWORD"),
    clientId: text("BREAKWATER_CLIENT_ID"),
    clientSecret: secret("BREAKWATER_CLIENT_SECRET"),
    configHome: text("XDG_CONFIG_HOME"),
  };
}

export type Environment = ReturnType<typeof readEnvironment>;
