/** What the policy of the page lets styles be added by; the server makes a new one each time it sends the page. */
export const styleNonce: string = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";
