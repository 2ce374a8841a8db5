/**
 * A request that the server does not do, with the status of its answer.
 */
import { DeblendError } from "../../errors.ts";

export class Refused extends DeblendError {
  readonly status: 400 | 403 | 404 | 409 | 413 | 415 | 422;
  constructor(status: Refused["status"], sentence: string) {
    super(sentence);
    this.status = status;
  }
}
