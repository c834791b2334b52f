/** The queue's database by expo-sqlite. */
import { openDatabaseSync } from 'expo-sqlite'
import type { Database } from '../queue/types.ts'

export function phoneDatabase(): Database {
  const database = openDatabaseSync('uploads.db')
  database.execSync('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  return {
    run: (sql, values = []) => void database.runSync(sql, values),
    all: <Row>(sql: string, values: (string | number | null)[] = []) => database.getAllSync<Row>(sql, values),
    transaction: (work) => database.withTransactionSync(work),
  }
}
