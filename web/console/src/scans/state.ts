/** State of an asset by its malware scan, from the members that the API gives: `status`, `reason`, `scan`. */
import type { FoundAsset } from '@foveal/client'

export type ScanState = 'scanning' | 'malware' | 'not_scanned'

type Scanned = Pick<FoundAsset, 'status' | 'reason' | 'scan'>

/** Time after which a result is late: most are there within a minute. */
const LATE_MS = 5 * 60_000

/** Return the state of an asset that a scan holds back or blocks; undefined for any other. */
export function scanStateOf({ status, reason }: Scanned): ScanState | undefined {
  if (status === 'scanning') return 'scanning'
  if (status !== 'quarantined') return undefined
  return reason === 'malware' || reason === 'not_scanned' ? reason : undefined
}

/** Tell whether the result of a scan is missing for so long that asking again makes sense. */
export function isLate({ scan }: Scanned, now: number): boolean {
  return scan?.asked_at !== undefined && now - Date.parse(scan.asked_at) > LATE_MS
}
