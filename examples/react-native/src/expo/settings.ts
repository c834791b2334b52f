/** Where the photos go. The token lies in the keychain under `foveal-token`; docs/access.md says how a person signs in. */
import type { Settings } from './api.ts'

export const SETTINGS: Settings = { api: 'https://api.example.com', project: 'zoo' }
