import type { KubeObject } from '../gardener/objects.ts';

/** The fields of an admission request (admission.k8s.io/v1) that handlers use. */
export interface ReviewRequest {
  readonly uid: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly dryRun: boolean;
  readonly namespace: string;
  readonly name: string;
  /** For example `status`; absent or empty for the object itself. */
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

/** A field that caused a denial; clients print it with the message. */
export interface ReviewCause {
  readonly field: string;
  readonly message: string;
}

export type ReviewResponse =
  | {
      readonly allowed: true;
      readonly warnings?: readonly string[];
      /** Absent or empty if the object is not changed. */
      readonly patch?: readonly PatchOperation[];
    }
  | {
      readonly allowed: false;
      /** HTTP code of the Status that the client receives: 403 for a denied request, 400 for an invalid one. */
      readonly code: 400 | 403 | 500;
      readonly message: string;
      readonly causes?: readonly ReviewCause[];
      readonly warnings?: readonly string[];
    };

/** Handles one review. An error that it throws results in a response with code 500 and never terminates the process. */
export type ReviewHandler = (request: ReviewRequest) => ReviewResponse | Promise<ReviewResponse>;
