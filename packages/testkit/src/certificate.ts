/** Certificates for tests of HTTPS. */
export { makePair } from "@breakwater/server/gateway/tls/tls.fixture";
