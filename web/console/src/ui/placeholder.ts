/** Placeholder of a choice among what a query finds: while it loads and where it fails, it says so. */
import { sentenceOf } from './notice'

interface Found {
  isPending: boolean
  error: unknown
}

export const placeholderOf = ({ isPending, error }: Found, found: string): string =>
  error ? sentenceOf(error) : isPending ? '…' : found
