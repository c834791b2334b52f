/** Every status of an asset, in the order in which it is shown; the API leaves out all but `ready` unless it is asked. */
import type { Asset } from '@foveal/client'

type Status = NonNullable<Asset['status']>

const EVERY: Record<Status, true> = {
  ready: true,
  pending: true,
  scanning: true,
  failed: true,
  quarantined: true,
  deleted: true,
}

export const STATUSES = Object.keys(EVERY) as Status[]

/** Condition that assets of every status meet. */
export const ANY_STATUS = { field: 'status', in: STATUSES }
