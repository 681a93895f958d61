// The parts of the token endpoint that both kinds of token exchange (RFC 8693) share.

import { errors } from "oidc-provider";

export const TOKEN_TYPE = "urn:ietf:params:oauth:token-type:";

export const now = () => Math.floor(Date.now() / 1000);

// The provider's own errors hide the reason from the client; a demo should not.
export const refuse = (error, description) => {
  throw new errors.CustomOIDCProviderError(error, description);
};
