/** The one queue of the app, and the task by which the system wakes it. */
import * as BackgroundTask from 'expo-background-task'
import { randomUUID } from 'expo-crypto'
import type { ImagePickerAsset } from 'expo-image-picker'
import * as TaskManager from 'expo-task-manager'
import { UploadQueue } from '../queue/queue.ts'
import { Store } from '../queue/store.ts'
import { FovealApi } from './api.ts'
import { phoneDatabase } from './database.ts'
import { ExpoPhone, LIBRARY } from './phone.ts'
import { SETTINGS } from './settings.ts'

const TASK = 'foveal-uploads'
const STEP_MS = 5_000

const listeners = new Set<() => void>()
export const store = new Store(phoneDatabase())
export const phone: ExpoPhone = new ExpoPhone(
  (transfer) => void queue.ended(transfer),
  () => void queue.step(),
)
export const queue: UploadQueue = new UploadQueue(store, phone, new FovealApi(SETTINGS), {
  wifiOnly: true,
  onChange: () => {
    for (const listener of listeners) listener()
  },
})

/** Call `listener` after each change of the queue until the returned function is called. */
export function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Put what was picked into the queue. The key of a library's asset is its id, so picking it again adds nothing. */
export function add(assets: ImagePickerAsset[]): void {
  queue.add(
    assets.map((asset) => ({
      key: `rn1-${asset.assetId ?? randomUUID()}`,
      source: asset.assetId ? LIBRARY + asset.assetId : asset.uri,
      fileName: asset.fileName ?? asset.uri.split('/').at(-1) ?? 'photo',
      contentType: asset.mimeType ?? 'application/octet-stream',
    })),
  )
  void queue.step()
}

/** Keep the queue going while the app is open, and let the system wake it otherwise (at its will, 15 minutes at least). */
export function start(): void {
  setInterval(() => void queue.step(), STEP_MS)
  void queue.step()
  void BackgroundTask.registerTaskAsync(TASK, { minimumInterval: 15 })
}

TaskManager.defineTask(TASK, async () => {
  await queue.step()
  return BackgroundTask.BackgroundTaskResult.Success
})
