import type { KubeObject } from '../gardener/objects.ts';

/** What an API server asks an admission webhook (admission.k8s.io/v1), as far as handlers need it. */
export interface ReviewRequest {
  readonly uid: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly dryRun: boolean;
  readonly namespace: string;
  readonly name: string;
  /** `status`, …; absent or empty for the object itself. */
  readonly subResource?: string;
  /** Null on DELETE. */
  readonly object: KubeObject | null;
  /** Null on CREATE. */
  readonly oldObject: KubeObject | null;
}

/** One operation of RFC 6902. */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** A field that a request is refused for; clients show it beside the message. */
export interface ReviewCause {
  readonly field: string;
  readonly message: string;
}

export type ReviewAnswer =
  | {
      readonly allowed: true;
      readonly warnings?: readonly string[];
      /** Absent or empty: the object stays as it is. */
      readonly patch?: readonly PatchOperation[];
    }
  | {
      readonly allowed: false;
      /** HTTP code and reason of the Status that the client sees: 403 Forbidden for what is not allowed, 400 BadRequest for what cannot be read. */
      readonly code: 400 | 403 | 500;
      readonly message: string;
      readonly causes?: readonly ReviewCause[];
      readonly warnings?: readonly string[];
    };

/** Answers one review; what it throws is answered with 500 and never ends the process. */
export type ReviewHandler = (request: ReviewRequest) => ReviewAnswer | Promise<ReviewAnswer>;
