import { EndpointFailingError } from "../domain/errors.ts";

/** The endpoint answered with a JSON-RPC error that asking again does not cure. */
export class RpcRefusedError extends EndpointFailingError {
  readonly rpcCode: number;

  constructor(
    message: string,
    details: { readonly endpoint: string; readonly method: string; readonly rpcCode: number },
  ) {
    super(message, details);
    this.rpcCode = details.rpcCode;
  }
}

/** The endpoint does not serve this method. */
export class MethodNotServedError extends RpcRefusedError {}
