/** Reports of imports: JSON lines, one for each remark, counted by kind and sentence. */
import { readFile } from '../app/read-file'

export interface Remark {
  kind: 'not_imported' | 'warning'
  code: string
  message: string
  count: number
  /** Place of the first record of this kind: file, pointer or line. */
  where: string
}

/** Bytes of a report that are read; a report may have a line for each of millions of records. */
export const MAX_REPORT_BYTES = 4_000_000

export interface Report {
  remarks: Remark[]
  lines: number
  isComplete: boolean
}

/** Load a report from its signed URL, at most its first bytes. Rejects when it cannot be had. */
export const loadReport = (url: string, signal?: AbortSignal): Promise<Report> =>
  readFile(url, beginning, signal ? { signal } : {})

async function beginning({ body }: Response): Promise<Report> {
  if (!body) return { remarks: [], lines: 0, isComplete: true }
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return { ...remarksOf(text), isComplete: true }
    text += value
    if (text.length < MAX_REPORT_BYTES) continue
    await reader.cancel()
    return { ...remarksOf(text.slice(0, text.lastIndexOf('\n'))), isComplete: false }
  }
}

/**
 * Count the lines of a report: those that differ in numbers and quoted names alone are one remark.
 *
 * Questions are left out: the import itself names those that are open.
 */
export function remarksOf(text: string): { remarks: Remark[]; lines: number } {
  const found = new Map<string, Remark>()
  let lines = 0
  for (const line of text.split('\n')) {
    if (!line) continue
    lines += 1
    const { kind, code, message, reason, where, pointer } = JSON.parse(line) as Record<string, string | undefined>
    const sentence = message ?? reason ?? ''
    if (kind === 'question') continue
    const key = JSON.stringify([kind, code, sentence.replace(/\d+(\.\d+)?|"[^"]*"|'[^']*'/g, '#')])
    const known = found.get(key)
    if (known) known.count += 1
    else
      found.set(key, {
        kind: (kind ?? 'warning') as Remark['kind'],
        code: code ?? '',
        message: sentence,
        count: 1,
        where: where ?? pointer ?? '',
      })
  }
  return { remarks: [...found.values()].sort((a, b) => b.count - a.count), lines }
}
