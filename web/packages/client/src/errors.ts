import type { Problem, ProblemCode } from './routes.js'

/** Base of every error of this package. */
export class FovealError extends Error {
  override name = 'FovealError'
}

/** No answer arrived: the connection failed or its time was over, also after the retries. */
export class NetworkError extends FovealError {
  override name = 'NetworkError'
}

/** A problem that the API answered (RFC 9457), or another answer in its place. Decide by `code`. */
export class ApiError extends FovealError {
  override name = 'ApiError'
  /** Stable name of the problem; `HTTP502` and the like where a gateway or proxy answered in the API's place. */
  readonly code: ProblemCode | `HTTP${number}`
  readonly status: number
  /** Sentence for people. */
  readonly detail: string
  /** Identifier of the request in the function's log, if the answer had one. */
  readonly requestId: string | undefined
  /** All members of the problem document. */
  readonly problem: Partial<Problem>

  constructor(status: number, problem: Partial<Problem>) {
    const code = problem.code ?? (`HTTP${status}` as const)
    const detail = problem.detail ?? problem.message ?? 'The answer has no text.'
    super(`${detail} (${code}${problem.request_id ? `, request ${problem.request_id}` : ''})`)
    this.code = code
    this.status = status
    this.detail = detail
    this.requestId = problem.request_id
    this.problem = problem
  }
}

/** A file that did not become a ready asset; `code` says why. */
export class UploadError extends FovealError {
  override name = 'UploadError'
  /** Reason of the asset (`not_media`, `checksum_mismatch`, …), code of a problem or of S3, or `file_changed`. */
  readonly code: string

  constructor(code: string, detail: string, options?: ErrorOptions) {
    super(`${detail} (${code})`, options)
    this.code = code
  }
}

/** Return the error of an answer that is no success, whatever its body is. */
export async function errorOf(answer: Response): Promise<ApiError> {
  const text = await answer.text().catch(() => '')
  if (/json/.test(answer.headers.get('content-type') ?? '')) {
    try {
      const found: unknown = JSON.parse(text)
      if (typeof found === 'object' && found !== null) return new ApiError(answer.status, found as Partial<Problem>)
    } catch {
      // A body that is cut off is text like any other.
    }
  }
  const detail = text.trim().slice(0, 300)
  return new ApiError(answer.status, detail ? { detail } : {})
}
