import { catalogue } from '../text/catalogue'

export const texts = catalogue(
  {
    scanningTitle: 'Being scanned for malware',
    malwareTitle: 'Malware was found in this file',
    not_scannedTitle: 'This file could not be scanned',
    scanningHelp: 'The file has arrived, and is shown when its scan is done, mostly within a minute.',
    lateHelp: 'The result of the scan is late. It is asked for again by itself after half an hour.',
    malwareHelp: (threats: string) =>
      threats ? `The scanner names it ${threats}. The file is not delivered to anybody.` : 'The file is not delivered.',
    unsupported: 'The scanner cannot read it: it is encrypted, or too large. It is not delivered to anybody.',
    access_denied: 'The scanner was not allowed to read it. It is not delivered to anybody.',
    failed: 'The scan failed. The file is not delivered to anybody.',
    askAdmin: 'Administrators of the project can release it.',
    rescan: 'Scan again',
    rescanning: 'It is being scanned again; the state follows in a moment.',
    release: 'Release …',
    releaseTitle: (name: string) => `Release ${name}?`,
    releaseMalware: 'Everybody with access to the project can then open the bytes in which malware was found.',
    releaseUnscanned: 'Everybody with access to the project can then open bytes that were not scanned.',
    note: 'Why may it be delivered?',
    noteHelp: 'It stays with the file and in the audit records, with your name.',
    releaseYes: 'Release',
    released: 'Released. It can be opened in a few seconds.',
    cancel: 'Cancel',
  },
  {
    scanningTitle: 'Wird auf Schadsoftware geprüft',
    malwareTitle: 'In dieser Datei wurde Schadsoftware gefunden',
    not_scannedTitle: 'Diese Datei konnte nicht geprüft werden',
    scanningHelp:
      'Die Datei ist angekommen und erscheint, sobald sie geprüft ist, meist nach weniger als einer Minute.',
    lateHelp: 'Das Ergebnis lässt auf sich warten. Nach einer halben Stunde wird es von selbst noch einmal angefragt.',
    malwareHelp: (threats: string) =>
      threats
        ? `Die Prüfung nennt sie ${threats}. Die Datei wird niemandem ausgeliefert.`
        : 'Die Datei wird nicht ausgeliefert.',
    unsupported: 'Sie ist verschlüsselt oder zu groß für die Prüfung. Sie wird niemandem ausgeliefert.',
    access_denied: 'Die Prüfung durfte sie nicht lesen. Sie wird niemandem ausgeliefert.',
    failed: 'Die Prüfung ist gescheitert. Die Datei wird niemandem ausgeliefert.',
    askAdmin: 'Wer das Projekt verwaltet, kann sie freigeben.',
    rescan: 'Noch einmal prüfen',
    rescanning: 'Sie wird noch einmal geprüft; der Zustand folgt gleich.',
    release: 'Freigeben …',
    releaseTitle: (name: string) => `${name} freigeben?`,
    releaseMalware: 'Danach können alle mit Zugang zum Projekt die Datei öffnen, in der Schadsoftware gefunden wurde.',
    releaseUnscanned: 'Danach können alle mit Zugang zum Projekt eine Datei öffnen, die nicht geprüft wurde.',
    note: 'Warum darf sie ausgeliefert werden?',
    noteHelp: 'Das bleibt bei der Datei und im Prüfprotokoll, mit Ihrem Namen.',
    releaseYes: 'Freigeben',
    released: 'Freigegeben. In einigen Sekunden lässt sie sich öffnen.',
    cancel: 'Abbrechen',
  },
)

/** Return why an asset is held back or blocked, in a sentence. */
export function whyOf(
  text: ReturnType<typeof texts.use>,
  state: 'malware' | 'not_scanned',
  scan: { result?: string; threats?: string[] } | undefined,
): string {
  if (state === 'malware') return text.malwareHelp((scan?.threats ?? []).join(', '))
  const { result } = scan ?? {}
  return result === 'unsupported' || result === 'access_denied' ? text[result] : text.failed
}
