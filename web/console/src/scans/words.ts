/** Words for the state of a scan, as short as a tile needs them. */
import { catalogue } from '../text/catalogue'

export const words = catalogue(
  {
    scanning: 'Being scanned',
    malware: 'Malware found',
    not_scanned: 'Not scanned',
    blockedHelp: 'Not delivered to anybody',
  },
  {
    scanning: 'Wird geprüft',
    malware: 'Schadsoftware gefunden',
    not_scanned: 'Nicht geprüft',
    blockedHelp: 'Wird niemandem ausgeliefert',
  },
)
