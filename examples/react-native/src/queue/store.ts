/** The queue in SQLite: it alone is what survives when the system ends the app. */
import type { Database, Value } from './types.ts'

/**
 * - `waiting`: not begun, or its transfers have to be handed over again
 * - `sending`: transfers are with the system
 * - `arrived`: all bytes are in S3; Foveal reads their facts
 * - `ready`, `failed`: ended, with `reason` for `failed`
 * - `paused`: by the user
 */
export type State = 'waiting' | 'sending' | 'arrived' | 'ready' | 'failed' | 'paused'

export interface Upload {
  key: string
  source: string
  fileName: string
  contentType: string
  sizeBytes: number | null
  uploadId: string | null
  assetId: string | null
  partSize: number | null
  state: State
  reason: string | null
  tries: number
  notBefore: number
}

export interface Part {
  number: number
  uri: string | null
  isDone: number
}

const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS uploads (
    key TEXT PRIMARY KEY, source TEXT NOT NULL, fileName TEXT NOT NULL, contentType TEXT NOT NULL, sizeBytes INTEGER,
    uploadId TEXT, assetId TEXT, partSize INTEGER, state TEXT NOT NULL DEFAULT 'waiting', reason TEXT,
    tries INTEGER NOT NULL DEFAULT 0, notBefore INTEGER NOT NULL DEFAULT 0)`,
  `CREATE TABLE IF NOT EXISTS parts (
    key TEXT NOT NULL, number INTEGER NOT NULL, uri TEXT, isDone INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (key, number))`,
]

export class Store {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
    for (const statement of SCHEMA) database.run(statement)
  }

  /** Add an upload; one of a known key stays as it is. */
  add(key: string, source: string, fileName: string, contentType: string): void {
    const sql = 'INSERT OR IGNORE INTO uploads (key, source, fileName, contentType) VALUES (?, ?, ?, ?)'
    this.#database.run(sql, [key, source, fileName, contentType])
  }

  get(key: string): Upload | undefined {
    return this.#database.all<Upload>('SELECT * FROM uploads WHERE key = ?', [key])[0]
  }

  /** Return all uploads, or those of some states, in the order in which they were added. */
  list(...states: State[]): Upload[] {
    const where = states.length ? `WHERE state IN (${states.map(() => '?').join(', ')})` : ''
    return this.#database.all<Upload>(`SELECT * FROM uploads ${where} ORDER BY rowid`, states)
  }

  change(key: string, changes: Partial<Omit<Upload, 'key'>>): void {
    const names = Object.keys(changes)
    const values = Object.values(changes) as Value[]
    const set = names.map((name) => `${name} = ?`).join(', ')
    this.#database.run(`UPDATE uploads SET ${set} WHERE key = ?`, [...values, key])
  }

  remove(key: string): void {
    this.#database.transaction(() => {
      this.#database.run('DELETE FROM parts WHERE key = ?', [key])
      this.#database.run('DELETE FROM uploads WHERE key = ?', [key])
    })
  }

  parts(key: string): Part[] {
    return this.#database.all<Part>('SELECT number, uri, isDone FROM parts WHERE key = ? ORDER BY number', [key])
  }

  /** Note that a part's file was cut, or that the part has arrived. */
  setPart(key: string, number: number, uri: string | null, isDone: boolean): void {
    const sql = 'INSERT OR REPLACE INTO parts (key, number, uri, isDone) VALUES (?, ?, ?, ?)'
    this.#database.run(sql, [key, number, uri, isDone ? 1 : 0])
  }

  forgetParts(key: string): void {
    this.#database.run('DELETE FROM parts WHERE key = ?', [key])
  }
}
